// Next signs in by a Server Action, whose Origin it compares with X-Forwarded-Host or Host.
import { cookies } from "next/headers";
import { redirect } from "next/navigation";

export default function Login() {
  async function signIn(form) {
    "use server";
    if (form.get("password") !== "lovelace") return;
    (await cookies()).set("name", form.get("username"), { httpOnly: true, sameSite: "lax" });
    redirect("/me");
  }

  return (
    <form action={signIn}>
      <input name="username" />
      <input name="password" />
      <button>sign in</button>
    </form>
  );
}

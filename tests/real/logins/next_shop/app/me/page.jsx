import { cookies } from "next/headers";
import { redirect } from "next/navigation";

export default async function Me() {
  async function signOut() {
    "use server";
    (await cookies()).delete("name");
    redirect("/me");
  }

  return (
    <>
      <h1>{(await cookies()).get("name")?.value ?? "nobody"}</h1>
      <form action={signOut}>
        <button>sign out</button>
      </form>
    </>
  );
}

"""What `devproxy demo` shows: an API without CORS headers (`backend`), a page on another origin (`page`).

Both stand in for what the user already has, so neither may know anything of devproxy's own code: they import nothing from
it, share no state with it and see it only as a URL. The backend must never learn to send a CORS header.
"""

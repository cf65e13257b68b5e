"""One small shop per framework, each run as `PROGRAM PORT MOUNT` and each with the same three paths below its mount.

GET login is a form; POST login signs Ada in and redirects to me; POST logout signs her out and redirects to me; GET me
says in its heading who is signed in: Ada (200) or nobody (401). One redirect is root-relative and one absolute wherever
the framework leaves the choice. Forms name no path of their own, so that they post below whatever prefix they are read at.
Nothing in these programs knows devproxy.
"""

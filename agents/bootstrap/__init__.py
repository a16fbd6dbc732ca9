"""Settings -> adapters -> services -> application: the only package that knows every class, one module a program."""

"""devproxy: a local reverse proxy that ends "blocked by CORS policy" while you develop."""

__version__ = "0.1.0"

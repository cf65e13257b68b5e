"""What a browser does with a request of a page's and with the answers to it (Fetch): whether the page may read them, why not.

A second reading of the standard beside cors/, which answers; the two never import each other. This package must not know
policies, routes or targets.
"""

"""Reading: YAML text, or targets from a command line → a `Config` of finished values, or every mistake with its place.

    load.py     text → plain data and where each part of it stands; knows YAML, no key
    forms.py    short forms, in the file and on the command line → the long ones
    model.py    the shape: every key with its type, default and documentation, once
    faults.py   what does not fit the shape, in words; names.py knows what other tools call our keys
    rules.py    what the values of routes and listeners may not say
    routes.py   sections → routes, policies.py → policies
    ledger.py   the problems of one document, placed
    build.py    all of it in order: load, parse, from_targets
    report.py   a problem as text

yaml and pydantic are imported in this package only. It must not know terminals, sockets or requests.
"""

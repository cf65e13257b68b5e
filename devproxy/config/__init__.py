"""Reading: YAML text, or targets from a command line → a `Config` of finished values, or every mistake with its place.

    files.py    files → text
    load.py     text → a document (document.py): plain data and where each part of it stands; knows YAML, no key;
                complaints.py says what is none
    interpolate.py, values.py, envfile.py   ${VAR} in values, and where variables come from
    forms.py    short forms, in the file and on the command line → the long ones
    model.py    the shape: every key with its type, default and documentation, once
    faults.py   what does not fit the shape, in words
    unknown.py  keys that nobody knows; names.py knows what other tools call ours
    meant.py    what was probably meant by a value, written.py: as a line to paste
    rules.py    what the values of routes and listeners may not say
    doubts.py   what is legal but surely not meant
    routes.py   sections → routes, policies.py → policies
    given.py    what flags and DEVPROXY_* variables say, before the file
    include.py  the files that a file includes; projects.py: each of them → a `Project`, and what two may not both claim
    ledger.py   the problems of one document, placed
    build.py    all of it in order: load, parse, from_targets
    sources.py  the files: read, looked at and read again; changes.py: what another configuration changes
    schema.py   the shape for editors, as JSON Schema; shipped as config.schema.json
    effective.py   the configuration in force, with the origin of each value
    report.py   a problem as text; validate.py: all problems of a file, as values or JSON

yaml and pydantic are imported in this package only. It must not know terminals, sockets or requests.
"""

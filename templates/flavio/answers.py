"""flavio, asked for observables at the Wilson coefficients of a point."""

INSTALL = "flavio 'particle<1'"


def load(options):
    try:
        import flavio
        from wilson import Wilson
    except OSError as error:
        # particle 1.0 no longer has the table that flavio 2.7 reads
        raise ImportError(f"flavio cannot be imported: {error}") from error

    def answer(values, folder, wanted):
        file = folder / options["wcxf"]
        if not file.is_file():
            raise FileNotFoundError(
                f"no earlier stage has left '{file.name}' (with SARAH it needs SPhenoInput 79 = 1)"
            )
        with file.open() as text:
            wilson = Wilson.load_wc(text)
        wilson.wc.validate()  # a name that is not in the basis would count for nothing
        return {name: predict(flavio, name, wilson) for name in wanted}

    return answer


def predict(flavio, asked, wilson):
    """The observable of that name; a bin or a value of q2 [GeV^2] may stand behind it."""
    if asked in flavio.Observable.instances:  # a few names have a blank in them
        return flavio.np_prediction(asked, wilson)
    name, *arguments = asked.split()
    if name not in flavio.Observable.instances:
        raise ValueError(f"flavio knows no observable '{name}'")
    return flavio.np_prediction(name, wilson, *map(float, arguments))

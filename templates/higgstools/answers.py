"""HiggsTools, asked for limits on and measurements of the Higgs bosons of a spectrum."""

import os

INSTALL = "PATH_OF_ITS_SOURCES"  # not on PyPI: https://gitlab.com/higgsbounds/higgstools


def load(options):
    from Higgs.bounds import Bounds
    from Higgs.signals import Signals
    from Higgs.tools.Input import predictionsFromDict, readHB5SLHA

    bounds = data_set(Bounds, options, "hb_data")
    signals = data_set(Signals, options, "hs_data")
    neutral, charged = (
        [int(code) for code in str(options[name]).split()] for name in ("neutral", "charged")
    )

    def answer(values, folder, wanted):
        read = readHB5SLHA(str(folder / "spectrum.slha"), neutral, charged)
        predictions = predictionsFromDict(read, texts(neutral), texts(charged), [])
        return limits(bounds, predictions) | measurements(signals, predictions)

    return answer


def data_set(kind, options, option):
    """The data set that an option names, or None if it is not set."""
    path = os.path.expanduser(options[option])
    if not path:
        return None
    if not os.path.isabs(path) or not os.path.isdir(path):
        raise FileNotFoundError(f"the option {option} needs the full path of a folder: '{path}'")
    return kind(path)


def texts(codes):
    return [str(code) for code in codes]


def limits(bounds, predictions):
    if bounds is None:
        return dict.fromkeys(("hb_result", "hb_obsratio"), "the option hb_data is not set")
    result = bounds(predictions)
    ratios = [limit.obsRatio() for limit in result.selectedLimits.values()]
    ratio = max(ratios) if ratios else "no limit was selected"
    return {"hb_result": int(result.allowed), "hb_obsratio": ratio}


def measurements(signals, predictions):
    if signals is None:
        return dict.fromkeys(("hs_chi2", "hs_nobs"), "the option hs_data is not set")
    return {"hs_chi2": signals(predictions), "hs_nobs": signals.observableCount()}

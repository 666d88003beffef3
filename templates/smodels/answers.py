"""SModelS, asked how far the spectrum of a point is from its limits."""

import os
from pathlib import Path

INSTALL = "smodels"

NOT_TESTED = {
    0: "no result in the data base applies",
    -3: "every topology is below the cut on the cross section (sigmacut)",
}
"""Status of a decomposition that is no fault: there is nothing to compare with."""


def load(options):
    where = options["database"]
    if where != "official":
        where = existing(where, "database")

    from smodels import installation
    from smodels.base.smodelsLogging import setLogLevel
    from smodels.experiment.databaseObj import Database
    from smodels.matching import modelTester

    setLogLevel("warning")
    own = Path(installation.__file__).with_name("etc") / "parameters_default.ini"
    parameters = existing(options["parameters"] or str(own), "parameters")
    parser = modelTester.getParameters(parameters)
    parser.set("printer", "outputType", "python")
    database = Database(where)
    modelTester.loadDatabaseResults(parser, database)

    def answer(values, folder, wanted):
        file = str(folder / "spectrum.slha")
        (printer,) = modelTester.testPoint(file, str(folder), parser, database).values()
        return read(printer.flush()["python"])

    return answer


def existing(text, option):
    """The path of an option; a service has its own working folder, so it has to be absolute."""
    path = os.path.expanduser(text)
    if not os.path.isabs(path):
        raise ValueError(f"the option {option} = '{text}' needs the full path")
    if not os.path.exists(path):
        raise FileNotFoundError(f"the option {option}: there is no '{path}'")
    return path


def read(output):
    """Numbers from what SModelS writes with `outputType = python`."""
    status = output["OutputStatus"]
    code = status["decomposition status"]
    if code in NOT_TESTED:
        reason = f"not tested: {NOT_TESTED[code]}"
        return {"r_max": reason, "excluded": reason, "allowed": 1, "n_results": 0}
    if code != 1:
        said = " ".join(str(status["warnings"]).replace("#", " ").split())
        raise RuntimeError(f"status {code}, file status {status['file status']}: {said}")
    ratios = [result["r"] for result in output["ExptRes"] if result["r"] is not None]
    if not ratios:
        reason = "not tested: no result has an observed limit"
        return {"r_max": reason, "excluded": reason, "allowed": 1, "n_results": 0}
    largest, excluded = max(ratios), int(max(ratios) > 1)
    count = len(ratios)
    return {"r_max": largest, "excluded": excluded, "allowed": 1 - excluded, "n_results": count}

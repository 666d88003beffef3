"""Parts of a scan that know nothing of each other: which points they have, and what they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Cli

from mlscanner_hep import Scan, shards
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.points import Points, Status
from mlscanner_hep.progress import Progress
from mlscanner_hep.shards import Shard

IDS = np.arange(1, 10_001)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3", "write i/n, for example 0/8 for the first of eight"),
        ("-1/4", "write i/n"),
        ("0/0", "write i/n"),
        ("a/4", "write i/n"),
        ("4/4", "shards count from 0, the last one is 3/4"),
    ],
)
def test_what_is_no_shard(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=f"^--shard {text}: {told}"):
        Shard.parse(text)


def test_text_and_folder() -> None:
    shard = Shard.parse("03/64")
    assert (shard, str(shard)) == (Shard(3, 64), "3/64")
    assert shard.folder(Path("runs/cmssm")) == Path("runs/cmssm-3-of-64")


def test_folders_are_found(tmp_path: Path) -> None:
    names = ["a.b-10-of-12", "a.b-2-of-12", "a.b-1-of-2", "a.b", "aXb-0-of-2", "a.b-0-of-2-old"]
    for name in names:
        (tmp_path / name).mkdir()
    found = shards.found(tmp_path / "a.b")
    assert list(found) == [Shard(1, 2), Shard(2, 12), Shard(10, 12)]
    assert found[Shard(1, 2)] == tmp_path / "a.b-1-of-2"
    assert shards.found(tmp_path / "nothing" / "here") == {}


@pytest.mark.parametrize("n", [1, 2, 7, 64, 1000])
def test_each_point_is_of_one_shard_and_all_have_as_many(n: int) -> None:
    has = np.array([Shard(i, n).has(IDS) for i in range(n)])
    assert (has.sum(axis=0) == 1).all()
    sizes = has.sum(axis=1)
    assert sizes.max() - sizes.min() <= 4  # 2 to 4 for these


@pytest.fixture
def whole(ring_model: Callable[..., Path], tmp_path: Path) -> Points:
    """The points of the scan in one run."""
    with Scan.load(ring_model(), tmp_path / "whole") as scan:
        scan.run()
        return scan.points


def part(file: Path, shard: Shard, watch: Callable[[Progress], None] | None = None) -> Points:
    with Scan.load(file, shard=shard) as scan:
        scan.run(watch)
        return scan.points


def same(one: Points, other: Points, rows: slice | np.ndarray, *names: str) -> None:
    for name in names:
        np.testing.assert_array_equal(getattr(one, name)[rows], getattr(other, name)[rows])


def test_a_shard_runs_its_points_of_the_whole_scan(
    ring_model: Callable[..., Path], whole: Points
) -> None:
    ids = np.arange(1, len(whole) + 1)
    for shard in (Shard(0, 3), Shard(2, 3)):
        points = part(ring_model(), shard)
        mine = shard.has(ids)
        same(points, whole, slice(None), "u", "x", "round", "origin")
        same(points, whole, mine, "y", "status")
        assert (points.status[~mine] == Status.PENDING).all()


def test_a_shard_is_spread_over_the_box(ring_model: Callable[..., Path]) -> None:
    """Every 4th point of the sequence would be in one quarter of the box."""
    points = part(ring_model({"calls = 40": "calls = 128"}), Shard(1, 4))
    x = np.sort(points.u[points.status != Status.PENDING, 0])
    assert len(x) == 32
    assert np.diff(x, prepend=0.0, append=1.0).max() < 0.15  # 0.09; of each 4th point 0.75


def test_it_goes_on_where_it_was_left(ring_model: Callable[..., Path], whole: Points) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.calls == 5 and progress.phase != "ended":
            raise KeyboardInterrupt

    file, shard = ring_model(), Shard(0, 2)
    assert (part(file, shard, interrupt).status != Status.PENDING).sum() == 5
    points = part(file, shard)
    same(points, whole, shard.has(np.arange(1, len(whole) + 1)), "y", "status")


def test_more_calls_go_on(ring_model: Callable[..., Path], whole: Points) -> None:
    shard = Shard(1, 2)
    assert len(part(ring_model({"calls = 40": "calls = 20"}), shard)) == 20
    points = part(ring_model(), shard)
    same(points, whole, slice(None), "x", "round")
    same(points, whole, shard.has(np.arange(1, len(whole) + 1)), "status")


def test_progress_is_that_of_the_shard(ring_model: Callable[..., Path]) -> None:
    seen: list[tuple[int, int]] = []
    with Scan.load(ring_model(), shard=Shard(0, 4)) as scan:
        progress = scan.run(lambda p: seen.append((p.done, p.batch)))
        mine = Shard(0, 4).has(np.arange(1, 41))
    assert progress.calls == mine.sum()
    assert max(batch for _, batch in seen) <= 4
    last = scan.points[mine & (scan.points.round == 3)]
    assert progress.hit_rate == scan.problem.inside(last).mean()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "uniform"', 'kind = "regressor"', "proposer.kind: 'regressor' learns from all"),
        ("calls = 40", "calls = 40, inside = 9", "scan.stop: a shard does not see what the others"),
        ("calls = 40", "hours = 2", "say stop = { calls = N }, and nothing else"),
    ],
)
def test_what_cannot_be_run_in_shards(
    ring_model: Callable[..., Path], old: str, new: str, told: str
) -> None:
    with pytest.raises(ConfigError) as error:
        Scan.load(ring_model({old: new}), shard=Shard(0, 2))
    assert told in str(error.value)
    assert not (ring_model().parent / "runs").exists()


def test_on_the_command_line(ring_model: Callable[..., Path], cli: Cli) -> None:
    file = ring_model()
    code, out, _ = cli("run", file, "--shard", "1/4")
    assert code == 0
    assert "Ended: all points of shard 1/4.\n" in out
    assert f"in {file.parent}/runs/ring-1-of-4\n" in out
    assert out.endswith(f"Next, with all shards: mlscanner-hep merge {file}\n")
    code, out, err = cli("run", file, "--shard", "1")
    assert (code, out) == (2, "")
    assert "--shard 1: write i/n" in err

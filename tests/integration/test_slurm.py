"""Searches in jobs of a real Slurm: to the end, and whatever dies on the way."""

import subprocess
from pathlib import Path

import pytest
from integration.queueing import User, nothing_lost_nothing_twice, until, until_over
from services.postgres import Postgres
from services.slurm import Slurm

from hypersonde.batch import Run
from hypersonde.trials import State


@pytest.fixture(scope="module")
def user(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> User:
    return User(tmp_path_factory.mktemp("a user's home "), slurm.environment)


@pytest.fixture(scope="module", autouse=True)
def walled(user: User) -> Run:
    """A search that needs more time than its job has; it runs beside the other tests, which look at the end."""
    return user.submit("walled", "-t 1 --requeue -q debug", evals=40, seconds=1.5)


def test_a_search_on_a_ray_cluster_of_its_own_comes_to_its_end(user: User) -> None:
    run = user.submit("ray", "-t 5 -n 2 -j ray", evals=12, seconds=0.5)
    until_over(user, run, 300.0)
    nothing_lost_nothing_twice(user, run, 12)  # on one machine, the second node of Ray may come too late to help


@pytest.mark.parametrize("mode", ["serial", "mpi", "dask", "parsl"])
def test_a_search_on_two_nodes_comes_to_its_end(user: User, mode: str) -> None:
    run = user.submit(mode, f"-t 5 -n 2 -j {mode} --workers-per-node 2", evals=24, seconds=0.3)
    until_over(user, run)
    nodes = nothing_lost_nothing_twice(user, run, 24)
    assert len(nodes) == 2, nodes
    status = user.hypersonde(f"status {mode}")
    assert "24 of 24 finished" in status
    assert "done" in status
    assert "Ended: all evaluations are done" in user.hypersonde(f"logs {mode}")
    assert mode in user.hypersonde("jobs")


def test_islands_run_on_the_ranks_of_two_nodes_without_a_manager_and_go_on_there(user: User) -> None:
    run = user.submit("islands", "-t 5 -n 2 -j mpi --workers-per-node 2", evals=24, seconds=0.3, search="islands")
    until(lambda: run.jobs[0].code is not None, 150.0, "the end", lambda: user.said(run))
    assert user.history(run).count(State.COMPLETE) == len(user.history(run)) == user.ended("islands") == 24
    assert len({line[3] for line in user.diary("islands")}) == 2, "the evaluations of one node only"
    assert len(list(run.directory.glob("rank-*/study.log"))) == 4
    assert user.said(run).count("Ended: all evaluations are done") == 1
    assert "24 of 24 finished" in user.hypersonde("status islands")
    user.hypersonde("resume islands --max-evals 32")
    until(lambda: user.history(run).finished == 32, 150.0, "eight more", lambda: user.said(run))
    assert user.ended("islands") == 32


def test_a_job_that_is_ended_by_scancel_costs_what_ran_in_it_and_no_more(user: User, slurm: Slurm) -> None:
    run = user.submit("two-jobs", "-t 5 --jobs 2", evals=30, hold=12)
    first, second = (job.id for job in run.jobs)
    until(lambda: user.held("two-jobs") == 2, 180, "work in both jobs")
    assert {line[4] for line in user.diary("two-jobs")} == {first, second}
    slurm.run("scancel", first)
    until(lambda: first not in slurm.jobs(), 180, "its end")
    user.release("two-jobs")
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 30)
    status = user.hypersonde("status two-jobs")
    assert "stopped" in status, status


def test_independent_jobs_share_a_study_on_postgresql(user: User, postgres: Postgres) -> None:
    place = postgres.new_place().replace("postgresql://", "postgresql+psycopg://")
    run = user.submit("server", f"-t 5 --jobs 3 --storage {place}", evals=24, seconds=0.3)
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 24)
    assert len({line[4] for line in user.diary("server")}) >= 2, "one job did everything"


@pytest.mark.parametrize("mode", ["serial", "dask", "parsl"])
def test_a_node_that_dies_costs_what_ran_on_it_and_the_others_go_on(user: User, slurm: Slurm, mode: str) -> None:
    name = f"crash-{mode}"
    run = user.submit(name, f"-t 5 -n 2 -j {mode}", evals=30, seconds=0.5)
    other = crashed(user, slurm, run)
    until_over(user, run)
    slurm.up(other)
    nodes = nothing_lost_nothing_twice(user, run, 30)
    assert len(nodes) == 2
    begun = [line for line in user.diary(name) if line[0] == "begin"]
    assert len(begun) - 30 <= 1, "one evaluation ran on that node when it died"


def test_a_search_whose_cluster_is_gone_ends_and_its_continuation_goes_on(user: User, slurm: Slurm) -> None:
    run = user.submit("clusterless", "-t 20 -j dask --requeue", evals=16, hold=10)
    until(lambda: user.held("clusterless") == 1, 180, "some ends", lambda: user.said(run))
    slurm.run("scancel", "--signal=KILL", f"{run.jobs[0].id}.0")  # the workers
    until(lambda: len(run.jobs) == 2, 180, "a second job", lambda: user.said(run))
    user.release("clusterless")
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 16)
    assert len(run.jobs) == 2, user.said(run)


def test_an_mpi_program_that_loses_a_node_ends_and_its_continuation_goes_on(user: User, slurm: Slurm) -> None:
    run = user.submit("crash-mpi", "-t 5 -n 2 -j mpi --workers-per-node 2 --requeue", evals=40, seconds=0.5)
    other = crashed(user, slurm, run)
    until(lambda: len(run.jobs) == 2, 240, "a second job", lambda: user.said(run))
    slurm.up(other)
    until(lambda: user.history(run).finished == 40, 240, "the end", lambda: user.said(run))
    nothing_lost_nothing_twice(user, run, 40)


def crashed(user: User, slurm: Slurm, run: Run) -> str:
    """Wait until both nodes of the run's job have done something, then crash the one that is not the first."""

    def both() -> bool:
        return len({line[3] for line in user.diary(run.name) if line[0] == "end"}) == 2

    until(both, 180, "work on both nodes", lambda: user.said(run))
    (job,) = run.jobs
    other = slurm.node_of(job.id)[1]
    slurm.crash(other)
    slurm.down(other)
    return other


def test_a_node_whose_daemon_is_killed_loses_nothing(user: User, slurm: Slurm) -> None:
    run = user.submit("daemon", "-t 5 -n 2 -j mpi --workers-per-node 2", evals=24, hold=16)
    (job,) = run.jobs
    until(lambda: user.ended("daemon") >= 4, 180, "some ends", lambda: user.said(run))
    node = slurm.node_of(job.id)[1]
    slurm.kill_daemon(node)
    user.release("daemon")
    until_over(user, run)
    slurm.up(node)
    nothing_lost_nothing_twice(user, run, 24)


def test_a_job_whose_first_node_dies_is_started_again_by_slurm(user: User, slurm: Slurm) -> None:
    run = user.submit("first-node", "-t 5", evals=24, hold=12)
    (job,) = run.jobs
    until(lambda: user.held("first-node") == 1, 180, "some ends", lambda: user.said(run))
    (node,) = slurm.node_of(job.id)
    slurm.crash(node)
    slurm.down(node)
    user.release("first-node")
    until_over(user, run)
    slurm.up(node)
    nothing_lost_nothing_twice(user, run, 24)
    assert len(run.jobs) == 1, "it kept its number"
    assert len({line[3] for line in user.diary("first-node")}) == 2


def test_a_run_that_is_cancelled_can_be_resumed(user: User) -> None:
    run = user.submit("called-off", "-t 5 -n 2 --requeue", evals=30, hold=12)
    until(lambda: user.ended("called-off") >= 4, 180, "some ends", lambda: user.said(run))
    running = user.hypersonde("resume called-off", code=2)
    assert "is queued or running" in running
    assert "cancelled" in user.hypersonde("cancel called-off")
    until(lambda: "no job" in user.hypersonde("status called-off"), 180, "the end of its job")
    done = user.history(run).finished
    assert done < 30
    user.release("called-off")
    assert f"{done} of 30 evaluations are done" in user.hypersonde("resume called-off")
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 30)
    assert "all 30 evaluations are done" in user.hypersonde("resume called-off")
    assert len(run.jobs) == 2


def test_the_job_that_waits_is_followed_and_not_the_one_that_was_cancelled(user: User, slurm: Slurm) -> None:
    run = user.submit("waits", "-t 5 -q debug --workers-per-node 1", evals=6, hold=2)
    until(lambda: user.held("waits") == 1, 180, "work in its job", lambda: user.said(run))
    user.hypersonde("cancel waits")
    user.release("waits")
    slurm.run("scontrol", "update", "partitionname=debug", "state=down")
    try:
        user.hypersonde("resume waits")
        with user.watch("logs waits --follow") as watching:
            with pytest.raises(subprocess.TimeoutExpired):
                watching.wait(5.0)
            slurm.run("scontrol", "update", "partitionname=debug", "state=up")
            said, _ = watching.communicate(timeout=180)
    finally:
        slurm.run("scontrol", "update", "partitionname=debug", "state=up")
    assert "Ended: all evaluations are done" in said, said
    nothing_lost_nothing_twice(user, run, 6)


def test_what_the_queue_refuses_leaves_the_name_free(user: User) -> None:
    line = "submit hps random refused -p problem.py -r model_run.py -t 5"
    said = user.hypersonde(f"{line} -q nosuch", code=2)
    assert "invalid partition" in said
    assert "Traceback" not in said
    assert not (user.home / "runs" / "refused").exists()
    said = user.hypersonde("submit hps random walled -p problem.py -r model_run.py -t 5", code=2)
    assert "there is a run 'walled' already" in said


@pytest.mark.parametrize(("options", "what", "option"), [("-n 9", "nodes", "-n"), ("-t 500", "time", "-t")])
def test_a_job_that_can_never_start_is_said_to(user: User, options: str, what: str, option: str) -> None:
    name = f"never-{what}"
    run = user.submit(name, f"-t 5 -q debug {options}")
    until(lambda: "can never start" in user.hypersonde(f"status {name}"), 60, "what Slurm says")
    said = " ".join(user.hypersonde(f"status {name}").split())
    assert f"Job {run.jobs[0].id} can never start: it asks for more {what} than the partition" in said
    assert f"submit again with another {option}: hypersonde cancel {name}" in said
    user.hypersonde(f"cancel {name}")


def test_a_dry_run_shows_the_scripts_and_submits_nothing(user: User, slurm: Slurm) -> None:
    said = user.hypersonde(
        "submit hps ambs dry -p problem.py -r model_run.py -t 90 -n 4 -q debug -A science -j mpi --dry-run "
        "--surrogate-model ET --directive gres=gpu:4 --setup",
        "module load cuda",
    )
    for line in (
        "#SBATCH --nodes=4",
        "#SBATCH --time=1:30:0",
        '#SBATCH --partition="debug"',
        '#SBATCH --account="science"',
        '#SBATCH --gres="gpu:4"',
        '#SBATCH --job-name="dry"',
        "module load cuda",
        "--surrogate-model ET",
        'mpirun -n "$ranks" hypersonde hps ambs',
    ):
        assert line in said, said
    assert "dry" not in slurm.names()
    assert not (user.home / "runs" / "dry").exists()


def test_the_run_directory_has_all_that_the_jobs_need(user: User) -> None:
    directory = user.home / "runs" / "serial"
    for name in ("run.json", "job.sh", "node.sh", "environment.sh", "environment.txt", "problem.json", "results.csv"):
        assert (directory / name).stat().st_size, name
    code = directory / "code" / Path(user.home).name
    assert (code / "model_run.py").read_text() == (user.home / "model_run.py").read_text()
    assert "hypersonde==" in (directory / "environment.txt").read_text()


def test_a_job_whose_time_is_up_is_continued_and_nothing_was_cut_off(user: User, walled: Run) -> None:
    history = until_over(user, walled, 300.0)
    nothing_lost_nothing_twice(user, walled, 40)
    assert len(walled.jobs) == 2, user.hypersonde("status walled")
    assert {trial.attempt for trial in history} == {1}, "no evaluation was begun that could not finish"
    assert "Ended: the time is up" in user.said(walled)

"""The script of a job: what runs on its first node, for each way to get the evaluations to all of them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypersonde.batch.run import Run

MANAGERLESS: Final = "islands"
"""The search that runs on every rank of an MPI program by itself."""

_SCRIPT = """\
#!/bin/bash
# {name}: {allocation}. By hand: bash {script}
run={run}
{job}
end=$(($(date +%s) + {seconds}))
mkdir -p "$run/jobs" "$run/logs" "$run/ended"
exec >>"$run/logs/$job.txt" 2>&1 </dev/null
[ -e "$run/jobs/$job" ] || : >>"$run/jobs/$job"
rm -f "$run/ended/$job"
ended() {{ echo "$1" >"$run/ended/.$job" && mv "$run/ended/.$job" "$run/ended/$job"; }}
trap 'code=$?; echo "the setup has failed ($run/environment.sh): $(tail -n 1 "$run/logs/$job.txt")"; ended "$code"' EXIT
cd {home} && source "$run/environment.sh" || exit
trap - EXIT

nodes={count}
cpus=${{SLURM_CPUS_ON_NODE:-$(env -u OMP_NUM_THREADS nproc)}}
workers={workers}
echo "job $job on $(hostname), $nodes nodes, $workers workers each, $(date)"

# Both are started in the background, where they take the place of their shell: a signal reaches the program itself.
each_node() {{ {each_node}; }}
search() {{ exec {search} --wall-time "$((end - $(date +%s)))s" "$@"; }}

engines=() told=
{body}
child=$!
watch() {{  # a search whose cluster is gone would wait for it until its time is up
  while sleep 5; do
    for part in "${{engines[@]}}"; do kill -0 "$part" 2>/dev/null || break 2; done
  done
  echo "a part of the cluster has ended: so does the search"
  kill -TERM "$child"
}}
if [ ${{#engines[@]}} -gt 0 ]; then watch & engines+=($!); fi
trap 'told=yes' TERM INT                      # who ends a job tells all of its processes, this one and the search
trap 'told=yes; kill -TERM "$child" 2>/dev/null' HUP   # Flux tells this one alone
trap 'kill -TERM "$child" 2>/dev/null' USR1   # a warning is for this one alone
while wait "$child"; code=$?; kill -0 "$child" 2>/dev/null; do :; done
[ ${{#engines[@]}} -eq 0 ] || kill "${{engines[@]}}" 2>/dev/null

ended "$code"
{follow}exit "$code"
"""

_FOLLOW = """\
# Unless somebody has ended it, or there is a mistake to mend. Once begun, it takes the seconds that a queue leaves
# between the warning at the end of the wall time and the end: programs may be slow to start.
[ -n "$told" ] || [ "$code" -eq 2 ] || (trap '' TERM; {outside}hypersonde resume "$run" --after "$job")
"""

_OUTSIDE = {"flux": "FLUX_URI=$(flux getattr parent-uri) "}
"""What has a job submit beside itself, where it would submit into itself."""

_NODE = """\
#!/bin/bash
# One process on one node of a job: the environment, then the command. The first node speaks for all.
run={run}
node=${{SLURM_PROCID:-${{PBS_NODENUM:-${{FLUX_TASK_RANK:-0}}}}}}
{job}
[ "$node" = 0 ] || exec >>"$run/logs/$job.node-$node.txt" 2>&1
cd {home} && source "$run/environment.sh" && exec "$@"
"""

_JOB = """\
job=${HYPERSONDE_LOCAL:+local.$HYPERSONDE_LOCAL}
job=${job:-${SLURM_JOB_ID:-${PBS_JOBID:-${LSB_JOBID:-}}}}
[ -n "$job" ] || [ -z "$FLUX_URI" ] || job=$(flux job id --to=dec "$(flux getattr jobid)")
job=${job:-local.$$}"""
"""By which the scheduler knows this job; started by hand, it is known by its process."""

EACH_NODE: Final[Mapping[str, str]] = {
    "slurm": "exec srun --overlap --nodes=$nodes --ntasks=$nodes --ntasks-per-node=1 --cpus-per-task=$cpus "
    '--no-kill --kill-on-bad-exit=0 --wait=0 bash "$run/node.sh" "$@"',
    "pbs": 'exec pbsdsh -- /bin/bash "$run/node.sh" "$@"',
    "torque": 'exec pbsdsh -u /bin/bash "$run/node.sh" "$@"',
    "lsf": 'exec blaunch -z "$(sort -u "$LSB_DJOB_HOSTFILE" | tr "\\n" " ")" /bin/bash "$run/node.sh" "$@"',
    "flux": 'exec flux run --nodes=$nodes --ntasks=$nodes --exclusive /bin/bash "$run/node.sh" "$@"',
    "local": 'for _ in $(seq "$nodes"); do bash "$run/node.sh" "$@" & done; trap : TERM; wait; wait',
}
"""How a command is started once on each node of a job, by scheduler; one that asks for no node runs it here."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to get the evaluations of a search to the nodes of a job.

    Attributes
    ----------
    summary : one line for ``--help``.
    body : lines of the script; the last one starts the search in the background.
    evaluator : what the search runs its evaluations with.
    """

    summary: str
    body: str
    evaluator: str


MODES: Final[Mapping[str, Mode]] = {
    "serial": Mode(
        "a search on every node, each with its own worker processes; they share the study",
        """{each}search --evaluator process{count} &""",
        "process",
    ),
    "mpi": Mode(
        "one MPI program: rank 0 manages, the others evaluate",
        """ranks=$((nodes * workers))
echo "$ranks ranks: {mpirun}"
{mpirun} {search} --wall-time "$((end - $(date +%s)))s"{evaluator} &""",
        "mpi",
    ),
    "dask": Mode(
        "a Dask cluster on the nodes of the job",
        """export DASK_LOGGING__DISTRIBUTED=critical  # a cluster that ends says much
file="$run/dask-$job.json"
dask scheduler --scheduler-file "$file" --port 0 --no-dashboard --no-show &
engines+=($!)
each_node dask worker --scheduler-file "$file" --nworkers "$workers" --nthreads 1 --no-dashboard --death-timeout 60 &
engines+=($!)
for _ in $(seq 300); do [ -s "$file" ] && break; sleep 0.2; done
search --evaluator dask --address "$file" &""",
        "dask",
    ),
    "ray": Mode(
        "a Ray cluster on the nodes of the job",
        """export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="$run/.ray-token"
(umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \\n' >"$RAY_AUTH_TOKEN_PATH")
here=$(python -c 'import ray; print(ray.util.get_node_ip_address())')
head="$here:$((20000 + $(cksum <<<"$job" | cut -d' ' -f1) % 10000))"
ray start --head --node-ip-address="$here" --port="${{head#*:}}" --num-cpus=0 --include-dashboard=false --block &
engines+=($!)
for _ in $(seq 300); do ray health-check --address "$head" 2>/dev/null && break; sleep 1; done
each_node env RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="$RAY_AUTH_TOKEN_PATH" bash -c \\
  'until ray start --address="$0" --num-cpus="$1" --block; do sleep 2; done' "$head" "$workers" &
engines+=($!)
search --evaluator ray --address "$head" &""",
        "ray",
    ),
    "parsl": Mode(
        "pilots of Parsl on the nodes of the job",
        """search --evaluator parsl -O provider=job -O nodes_per_block="$nodes" -O per_node="$workers" \\
  --num-workers "$((nodes * workers))" &""",
        "parsl",
    ),
}
"""Ways to run a search in a job, by the words for ``--job-mode``."""


def write_scripts(run: Run, environment: str) -> None:
    """Write the script of the run's jobs, and what it needs."""
    write_job_script(run)
    home = shlex.quote(str(run.home))
    (run.directory / "node.sh").write_text(_NODE.format(home=home, run=shlex.quote(str(run.directory)), job=_JOB))
    (run.directory / "environment.sh").write_text(environment)


def write_job_script(run: Run) -> None:
    """Write the script of the run's jobs alone; a job that reads the one before is not disturbed."""
    beside = run.script.with_name(f".{run.script.name}")
    beside.write_text(job_script(run))
    beside.replace(run.script)


def job_script(run: Run) -> str:
    """The text of the script of the run's jobs."""
    mode, allocation, layout = MODES[run.mode], run.allocation, run.layout
    one = allocation.nodes == 1
    search = shlex.join(["hypersonde", "hps", *run.search, "--max-evals", str(run.max_evals)])
    cores = f"$((cpus < {layout.cpus_per_task} ? 1 : cpus / {layout.cpus_per_task}))"
    managerless = run.search[0] == MANAGERLESS
    body = mode.body.format(
        each="" if one else "each_",
        count=' --num-workers "$workers"' if layout.workers_per_node or not layout.gpus_per_task else "",
        mpirun=layout.mpirun.format(ranks='"$ranks"'),
        search=search,
        evaluator="" if managerless else " --evaluator mpi",
    )
    if run.mode == "serial" and not one:
        body = f"""each_search() {{ each_node {search} --wall-time "$((end - $(date +%s)))s" "$@"; }}\n{body}"""
    return _SCRIPT.format(
        name=run.name,
        allocation=allocation,
        script=shlex.quote(str(run.script)),
        run=shlex.quote(str(run.directory)),
        job=_JOB,
        home=shlex.quote(str(run.home)),
        seconds=60 * allocation.minutes,
        count=allocation.nodes,
        workers=layout.workers_per_node or cores,
        each_node=EACH_NODE[allocation.scheduler],
        search=search,
        body=body,
        follow=_FOLLOW.format(outside=_OUTSIDE.get(allocation.scheduler, "")) if run.requeue else "",
    )

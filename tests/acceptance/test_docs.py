"""The pages for client authors: every program on them runs as it stands there."""

import json
import re
from pathlib import Path

import pytest

from tests.support import sample_files
from tests.support.client_programs import make_workspace, run_program, run_tool
from tests.support.docs_programs import DOCS, RECEIVERS, programs
from tests.support.server_process import ROOT, ServerProcess

PAGES = ["apollo", "fetch", "inputs", "keys", "python", "settings", "test-mode", "urql", "webhooks"]
TYPED = re.compile(r"^```ts\n(// (\S+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
# The options of Vite's templates for TypeScript, without the types of packages that are not installed here.
VITE_OPTIONS = {
    "target": "ES2022",
    "useDefineForClassFields": True,
    "lib": ["ES2022", "DOM", "DOM.Iterable"],
    "module": "ESNext",
    "skipLibCheck": True,
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": True,
    "verbatimModuleSyntax": True,
    "moduleDetection": "force",
    "noEmit": True,
    "jsx": "react-jsx",
    "strict": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "erasableSyntaxOnly": True,
    "noFallthroughCasesInSwitch": True,
    "noUncheckedSideEffectImports": True,
}
TSCONFIGS = {
    "tsconfig.json": {"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./tsconfig.node.json"}]},
    "tsconfig.app.json": {"include": ["src"], "compilerOptions": {**VITE_OPTIONS, "types": []}},
    "tsconfig.node.json": {"include": ["*.ts"], "compilerOptions": {**VITE_OPTIONS, "types": ["node"]}},
}
FENCE = re.compile(r"^```(?:js|python|bash)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
FOLLOWED = r"\A(PROCESSING [A-Z]+ \d+ % \n)*COMPLETED DONE 100 % http://\S+\n\Z"
# What each program prints; the modules that others import print nothing.
PRINTED = {
    "apollo/client.js": r"\A\Z",
    "apollo/speak.js": FOLLOWED,
    "apollo/cancel.js": r"\Atrue\nCANCELLED\n\Z",
    "apollo/multipart.js": r"\A(PROCESSING\n)*COMPLETED\n\Z",
    "apollo/errors.js": r"\AINVALID_INPUT input.options.speed false\n\Z",
    "apollo/persisted.js": r"(?m)^elevenlabs: \d+$",
    "fetch/doitong.js": r"\A\Z",
    "fetch/poll.js": r"\ACOMPLETED\n\Z",
    "fetch/stream.js": FOLLOWED,
    "fetch/retry.js": r"\ACOMPLETED\nINVALID_INPUT in input.options.speed\n\Z",
    "inputs/upload.sh": r'\A\{"id":"upl_\w+","url":"http://.*"mediaType":"image/png".*"width":64,"height":48,.*\}\Z',
    "inputs/form.sh": r'\A\{"id":"upl_\w+",',
    "inputs/restyle.js": r"\Aimage/png COMPLETED\n\Z",
    "inputs/chain.py": r"\APROCESSING COMPLETED\n\Z",
    "keys/keys.js": r"\Aci worker 0 of 50\nrevoked true\nUNAUTHENTICATED\n\Z",
    "keys/token.js": r"\ASPEND_CAP_REACHED\nFORBIDDEN\nCOMPLETED\n\Z",
    "python/doitong.py": r"\A\Z",
    "python/poll.py": r"\ACOMPLETED\n\Z",
    "python/follow.py": FOLLOWED,
    "python/retry.py": r"\ACOMPLETED\nINVALID_INPUT input.options.speed\n\Z",
    "test-mode/outcomes.py": (
        r"\ACOMPLETED, no error, (\d+) of \1 credits\n"
        r"(FAILED, (GENERATION_FAILED|PROVIDER_UNAVAILABLE|CONTENT_VIOLATION), 0 of \d+ credits\n){3}"
        r"refused: 'test:failure' .* Did you mean 'test:fail'\?\n\Z"
    ),
    "urql/client.js": r"\A\Z",
    "urql/speak.js": FOLLOWED,
    "urql/stream.js": r"\A(PROCESSING\n)*COMPLETED\n\Z",
    "urql/errors.js": r"\AINVALID_INPUT input.options.speed false\n\Z",
    "webhooks/endpoints.js": r"\Awhsec_ GENERATION_COMPLETED CREDITS_LOW\nGENERATION_COMPLETED PENDING null\ntrue\n\Z",
}


@pytest.mark.parametrize("program", PRINTED)
def test_it_runs_as_it_stands_on_the_page(program: str, server: ServerProcess, tmp_path: Path) -> None:
    page, name = program.split("/")
    make_workspace(tmp_path)
    sample_files.picture(tmp_path / "fox.png")
    for file, code in programs(page).items():
        (tmp_path / file).write_text(code)

    done = run_program(tmp_path / name, server)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(PRINTED[program], done.stdout), done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_the_page_is_run(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text()

    run = {key for key in PRINTED.keys() | RECEIVERS if key.startswith(f"{page}/")}
    assert {f"{page}/{name}" for name in programs(page)} == run
    assert len(programs(page)) == len(FENCE.findall(text))


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_the_page_lead_somewhere(page: str) -> None:
    for target in LINK.findall((DOCS / f"{page}.md").read_text()):
        assert (DOCS / target).exists(), target


def test_the_code_of_the_page_compiles_with_the_generated_types_in_the_template_of_vite(
    server: ServerProcess, tmp_path: Path
) -> None:
    make_workspace(tmp_path)
    (tmp_path / "src").mkdir()
    for code, name in TYPED.findall((DOCS / "apollo.md").read_text()):
        (tmp_path / name).write_text(code)
    for name, config in TSCONFIGS.items():
        (tmp_path / name).write_text(json.dumps(config))

    for command in (["graphql-codegen"], ["tsc", "-b"]):
        done = run_tool(tmp_path, server, *command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_is_on_its_page() -> None:
    sources = [ROOT / "server" / "settings.py", *(ROOT / "cli").rglob("*.py")]
    names = {name for source in sources for name in re.findall(r"DOITONG_[A-Z0-9_]*[A-Z0-9]", source.read_text())}
    told = set(re.findall(r"`(DOITONG_[A-Z0-9_]+)`", (DOCS / "settings.md").read_text()))

    assert names - {"DOITONG_S3"} <= told
    assert len(names) > 10


def test_the_code_generator_is_told_every_scalar_of_the_schema() -> None:
    [scalars] = re.findall(r"scalars: \{ (.*?) \}", (DOCS / "apollo.md").read_text())
    declared = re.findall(r"^scalar (\w+)", (ROOT / "schema.graphql").read_text(), re.MULTILINE)

    assert sorted(re.findall(r"(\w+):", scalars)) == sorted(declared)

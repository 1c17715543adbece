"""The programs in docs/ run unchanged."""

import json
import re
from pathlib import Path

import pytest

from tests.support import sample_files
from tests.support.client_programs import make_workspace, run_program, run_tool
from tests.support.docs_programs import DOCS, RECEIVERS, programs, typescript_files
from tests.support.server_process import ROOT, ServerProcess

PAGES = [
    "apollo",
    "dialects",
    "dialects/apixo",
    "dialects/doitong",
    "dialects/kubeez",
    "dialects/omnivideo",
    "dialects/openai",
    "fetch",
    "inputs",
    "keys",
    "python",
    "scale",
    "settings",
    "test-mode",
    "urql",
    "webhooks",
]
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
CODE_BLOCK = re.compile(r"^```(?:js|python|bash)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PROGRESS = r"\A(PROCESSING [A-Z]+ \d+ % \n)*COMPLETED DONE 100 % http://\S+\n\Z"
# Expected standard output; modules that are imported by others print nothing.
EXPECTED_OUTPUT = {
    "apollo/client.js": r"\A\Z",
    "apollo/speak.js": PROGRESS,
    "apollo/cancel.js": r"\ACANCELLED\nCANCELLED\n\Z",
    "apollo/multipart.js": r"\A(PROCESSING\n)*COMPLETED\n\Z",
    "apollo/errors.js": r"\AINVALID_INPUT input.options.speed false\n\Z",
    "apollo/persisted.js": r"(?m)^elevenlabs: \d+$",
    "dialects/apixo/task.py": r"\Asuccess \['http://\S+', 'http://\S+'\]\n\d+\n\Z",
    "dialects/doitong/image.py": r"\Acompleted http://\S+\n\Z",
    "dialects/doitong/cancel.js": r"\Acancelled 0\ntrue string\ntrue\n\Z",
    "dialects/kubeez/agent.py": r"\Acompleted http://\S+\n\Z",
    "dialects/kubeez/image.py": r"\Acompleted http://\S+\n\Z",
    "dialects/omnivideo/task.py": r"\A3 http://\S+\n\Z",
    "dialects/openai/create.py": r"\Agen_\w+ 512x512\ncompleted 5 \d+x480\n\Z",
    "fetch/doitong.js": r"\A\Z",
    "fetch/poll.js": r"\ACOMPLETED\n\Z",
    "fetch/stream.js": PROGRESS,
    "fetch/retry.js": r"\ACOMPLETED\nINVALID_INPUT in input.options.speed\n\Z",
    "inputs/upload.sh": r'\A\{"id":"upl_\w+","url":"http://.*"mediaType":"image/png".*"width":64,"height":48,.*\}\Z',
    "inputs/form.sh": r'\A\{"id":"upl_\w+",',
    "inputs/restyle.js": r"\Aimage/png COMPLETED\n\Z",
    "inputs/chain.py": r"\APROCESSING COMPLETED\n\Z",
    "keys/keys.js": r"\Aci worker 0 of 50\nrevoked true\nUNAUTHENTICATED\n\Z",
    "keys/token.js": r"\ASPEND_CAP_REACHED\nFORBIDDEN\nCOMPLETED\n\Z",
    "python/doitong.py": r"\A\Z",
    "python/poll.py": r"\ACOMPLETED\n\Z",
    "python/follow.py": PROGRESS,
    "python/retry.py": r"\ACOMPLETED\nINVALID_INPUT input.options.speed\n\Z",
    "test-mode/outcomes.py": (
        r"\ACOMPLETED, no error, (\d+) of \1 credits\n"
        r"(FAILED, (GENERATION_FAILED|PROVIDER_UNAVAILABLE|CONTENT_VIOLATION), 0 of \d+ credits\n){3}"
        r"refused: 'test:failure' .* Did you mean 'test:fail'\?\n\Z"
    ),
    "urql/client.js": r"\A\Z",
    "urql/speak.js": PROGRESS,
    "urql/stream.js": r"\A(PROCESSING\n)*COMPLETED\n\Z",
    "urql/errors.js": r"\AINVALID_INPUT input.options.speed false\n\Z",
    "webhooks/endpoints.js": r"\Awhsec_ GENERATION_COMPLETED CREDITS_LOW\nGENERATION_COMPLETED PENDING null\ntrue\n\Z",
}


@pytest.mark.parametrize("program", EXPECTED_OUTPUT)
def test_a_program_of_the_docs_runs_unchanged(program: str, server: ServerProcess, tmp_path: Path) -> None:
    page, _, name = program.rpartition("/")
    make_workspace(tmp_path)
    sample_files.picture(tmp_path / "fox.png")
    for file, code in programs(page).items():
        (tmp_path / file).write_text(code)

    result = run_program(tmp_path / name, server)

    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(EXPECTED_OUTPUT[program], result.stdout), result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("page", PAGES)
def test_every_code_block_of_a_page_is_tested(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text()

    tested = {key for key in EXPECTED_OUTPUT.keys() | RECEIVERS if key.rpartition("/")[0] == page}
    assert {f"{page}/{name}" for name in programs(page)} == tested
    assert len(programs(page)) == len(CODE_BLOCK.findall(text))


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_resolve(page: str) -> None:
    for target in LINK.findall((DOCS / f"{page}.md").read_text()):
        assert (DOCS / page).parent.joinpath(target).exists(), target


def test_the_overview_links_the_page_of_every_api() -> None:
    pages = {f"dialects/{path.name}" for path in (DOCS / "dialects").glob("*.md")}

    assert pages <= set(LINK.findall((DOCS / "dialects.md").read_text()))


def test_the_code_of_the_page_compiles_with_the_generated_types_in_the_template_of_vite(
    server: ServerProcess, tmp_path: Path
) -> None:
    make_workspace(tmp_path)
    (tmp_path / "src").mkdir()
    for name, code in typescript_files("apollo").items():
        (tmp_path / name).write_text(code)
    for name, config in TSCONFIGS.items():
        (tmp_path / name).write_text(json.dumps(config))

    for command in (["graphql-codegen"], ["tsc", "-b"]):
        result = run_tool(tmp_path, server, *command)
        assert result.returncode == 0, result.stdout + result.stderr


def test_every_setting_is_documented() -> None:
    sources = [ROOT / "server" / "settings.py", *(ROOT / "cli").rglob("*.py")]
    names = {name for source in sources for name in re.findall(r"DOITONG_[A-Z0-9_]*[A-Z0-9]", source.read_text())}
    documented = set(re.findall(r"`(DOITONG_[A-Z0-9_]+)`", (DOCS / "settings.md").read_text()))

    assert names - {"DOITONG_S3"} <= documented
    assert len(names) > 10


def test_the_code_generator_config_has_every_scalar() -> None:
    [scalars] = re.findall(r"scalars: \{ (.*?) \}", (DOCS / "apollo.md").read_text())
    scalar_names = re.findall(r"^scalar (\w+)", (ROOT / "schema.graphql").read_text(), re.MULTILINE)

    assert sorted(re.findall(r"(\w+):", scalars)) == sorted(scalar_names)

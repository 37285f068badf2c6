"""Whether a source names a function of Convex, read as text."""

from __future__ import annotations

import pytest

from convexlint.discovery.mentions import NO, UNKNOWN, YES, Mentions

IMPORT = 'import { api } from "../convex/_generated/api";\n'


def said(source: str, path: str = "mail/jobs:send") -> str:
    mentions = Mentions()
    mentions.read(source.encode())
    return mentions.of(path)


@pytest.mark.parametrize(
    "source",
    [
        "useMutation(api.mail.jobs.send)",
        "useMutation(\n  api\n    .mail.jobs\n    .send,\n)",
        "useMutation((api as any).mail.jobs.send)",
        "useMutation((api.mail as any).jobs.send)",
        "useMutation(api?.mail?.jobs!.send)",
        "convex.api.mail.jobs.send",
        "type Sent = FunctionReturnType<typeof api.mail.jobs.send>",
        "anyApi.mail.jobs.send",
        'client.mutation("mail/jobs:send", {})',
        "client.mutation('mail/jobs.js:send')",
        'import { api as backend } from "@acme/backend";\nuseMutation(backend.mail.jobs.send)',
        'const { api: backend } = require("./_generated/api");\nuse(backend.mail.jobs.send)',
        'import { api as typed } from "./_generated/api";\nconst api = typed as any;\nuse(api.mail.jobs.send)',
        'import { api as typed } from "./_generated/api";\nconst loose = typed as any;\nuse(loose.mail.jobs.send)',
    ],
)
def test_a_use_is_seen(source: str) -> None:
    assert said(source) == YES


@pytest.mark.parametrize(
    "source",
    [
        IMPORT + "const mail = api.mail;",
        IMPORT + "const { send } = api.mail.jobs;",
        IMPORT + "const send = api.mail.jobs[name];",
        IMPORT + "const send = api[folder].jobs;",
        IMPORT + "makeHooks(api);",
        IMPORT + "export const backend = api;",
        IMPORT + "export { api as backend };",
        'export { api as backend } from "../convex/_generated/api";',
        IMPORT + "const hooks = { api };",
        IMPORT + "export default api;",
        IMPORT + "const hooks = await load(api as any);",
        "makeFunctionReference(name)",
        'makeFunctionReference<"mutation">(name)',
        "client.mutation(`${module}:send`)",
        'client.mutation(module + ":send")',
    ],
)
def test_what_may_be_any_function_is_open(source: str) -> None:
    assert said(source) == UNKNOWN


@pytest.mark.parametrize(
    "source",
    [
        IMPORT + "useMutation(api.mail.jobs.sendAll)",
        "// once api.mail.jobs.send",
        IMPORT + "/**\n * api.mail.jobs.send\n */\nuse(api.other.list);",
        IMPORT + "return <p>\n  {/* api.mail.jobs.send */}\n</p>;",
        IMPORT + "useMutation(api.mail.jobs.list)",
        IMPORT + "// The api is described in docs/api.md",
        IMPORT + "export type Options = { api: string };",
        IMPORT + "await api('/users');",
        'export { api } from "@acme/backend/convex/_generated/api";',
        "function make(api) { return api; }",
        "emblaApi.on('select'); carousel.api.on(x)",
        "axios.get('/api/mail/jobs/send')",
        'client.mutation("mail/jobs:sendAll"); client.query("jobs:send")',
        'makeFunctionReference<"mutation">("mail/jobs:list")',
        "const x = { mode: 'dark' }; label:send",
    ],
)
def test_other_sources_are_no_use(source: str) -> None:
    assert said(source) == NO


def test_a_default_export_may_be_meant_by_its_module() -> None:
    assert said("", "jobs:default") == UNKNOWN


def said_by_text(source: str, path: str = "mail/jobs:send") -> str:
    mentions = Mentions()
    mentions.read_text(source.encode())
    return mentions.of(path)


@pytest.mark.parametrize(
    "source",
    [
        'convex.mutation("mail/jobs:send", with: [:])',  # Swift
        'client.mutation(name = "mail/jobs:send")',  # Kotlin
        "client.mutation('mail/jobs.js:send', {});",  # Dart, PHP
        "npx convex run mail/jobs:send '{}'",
        "bunx convex run --prod mail/jobs:send",
        '{"scripts": {"seed": "convex run mail/jobs:send && next dev"}}',
        '{"path": "mail/jobs:send", "args": {}}',
        "  - run: npx convex run mail/jobs:send",
    ],
)
def test_a_name_in_another_language_is_a_use(source: str) -> None:
    assert said_by_text(source) == YES


@pytest.mark.parametrize(
    "source", ['format!("{}:send", module)', '"\\(module):send"', 'fmt.Sprintf("%s:send", m)']
)
def test_a_name_that_is_put_together_is_open(source: str) -> None:
    assert said_by_text(source) == UNKNOWN


@pytest.mark.parametrize(
    "source",
    ["# npx convex run mail/jobs:send", "// mail/jobs:send", "mail/jobs:sendAll", "jobs:send", "a: send"],
)
def test_another_text_is_none(source: str) -> None:
    assert said_by_text(source) == NO


@pytest.mark.parametrize(
    "source", ["exec(`npx convex run mail/jobs:send`)", 'exec("convex run --prod mail/jobs:send {}")']
)
def test_a_command_in_a_script_is_a_use(source: str) -> None:
    assert said(source) == YES


@pytest.mark.parametrize(
    "source",
    [
        "client.query('mail/jobs:' + name)",
        "client.query(`mail/jobs:${name}`)",
        f"{IMPORT}const all = {{ ...api }}; use(all.mail.jobs.send)",
        'import { ConvexHttpClient } from "convex/browser";\nask([module, "send"].join(":"))',
        "fetch(`${url}/api/run/mail/jobs/${name}`)",
        "fetch(url + '/api/run/' + name)",
        "exec(`npx convex run ${name}`)",
        'spawn("npx", ["convex", "run", name])',
        'spawn("npx", ["convex", "run", ...names])',
    ],
)
def test_what_is_put_together_may_be_any_that_begins_so(source: str) -> None:
    assert said(source) == UNKNOWN


@pytest.mark.parametrize(
    "source",
    ["fetch(`${url}/api/run/mail/jobs/send`)", "fetch('/api/run/mail/jobs/send', { method: 'POST' })"],
)
def test_an_address_names_a_function(source: str) -> None:
    assert said(source) == YES
    assert said(source, "mail/jobs:other") == NO


@pytest.mark.parametrize(
    "source",
    [
        "client.query('other:' + name)",
        "const label = 'Name:' + name",
        "[hours, minutes].join(':')",
        "npx convex run a:b",
    ],
)
def test_what_begins_otherwise_is_no_use(source: str) -> None:
    assert said(source) == NO


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("client.query('mail/jobs:' + name)", UNKNOWN),
        ("client.query(f'mail/jobs:{name}')", UNKNOWN),
        ("client.query('mail/jobs:{}'.format(name))", UNKNOWN),
        ('npx convex run "mail/jobs:$1"', UNKNOWN),
        ('npx convex run "$1"', UNKNOWN),
        ("run: npx convex run --prod $FUNCTION", UNKNOWN),
        ('client.subscribe(to: "mail/jobs:\\(name)")', UNKNOWN),
        ('curl -X POST "$URL/api/run/mail/jobs/send"', YES),
        ("client.query('mail/other:' + name)", NO),
        ('{"mail/jobs": "send"}', NO),
        ("npx convex run mail/other:send", NO),
    ],
)
def test_other_languages(source: str, answer: str) -> None:
    mentions = Mentions()
    mentions.read_text(source.encode())
    assert mentions.of("mail/jobs:send") == answer

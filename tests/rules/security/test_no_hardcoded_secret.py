"""Which texts have the shape of a credential. They are put together here, so that no scanner takes them for real."""

from __future__ import annotations

import pytest

from convexlint.rules.security.no_hardcoded_secret import credential, is_stand_in

BODY = "Vq7tR2mZw9Kd4Xc8Bn3Hs6LpYj5Tf1Gu"  # 32 characters


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sk_" + "live_" + BODY, "a Stripe or Clerk secret key"),
        ("rk_" + "test_" + BODY, "a Stripe or Clerk secret key"),
        ("whsec_" + BODY, "a webhook signing secret"),
        ("sk-" + "ant-api03-" + BODY, "an Anthropic API key"),
        ("sk-" + "proj-" + BODY + BODY, "an OpenAI API key"),
        ("sk-" + BODY + BODY[:16], "an OpenAI API key"),
        ("AK" + "IAQ7RZ2MTLW4HVXN3B", "an AWS access key id"),
        ("gh" + "p_" + BODY + "Vq7t", "a GitHub token"),
        ("xo" + "xb-31415926-" + BODY, "a Slack token"),
        ("AI" + "za" + BODY + "abc", "a Google API key"),
        ("re_" + BODY[:8] + "_" + BODY[:24], "a Resend API key"),
        ("-----BEGIN " + "RSA PRIVATE KEY-----", "a private key"),
        ("prod:quiet-otter-12|" + BODY + BODY, "a Convex deploy key"),
        ("mongodb+srv://app:" + BODY + "@db.notes.dev", "a database address with its password"),
    ],
)
def test_a_credential_is_known_by_its_shape(text: str, kind: str) -> None:
    assert credential(text.encode()) == kind
    assert not is_stand_in(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "pk_" + "live_" + BODY,
        "sk-circle-fade-dot",
        "sk_live_",
        "whsec_short",
        "postgres://app@db.notes.dev/notes",
        "https://user.notes.dev:8080/a@b",
        "task-" + BODY + BODY[:16],
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert credential(text.encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "sk_live_" + "x" * 24,
        "whsec_your_signing_secret_goes_here",
        "postgres://a:b@localhost/",
    ],
)
def test_stand_ins_are_seen_as_such(text: str) -> None:
    assert is_stand_in(text.encode())

"""Rules of proofs: what shows who the sender is, and what doesn't."""

from tests.traces.mutants.mutant import Edit, mutant

WEBHOOK_CHECKS = (
    mutant(
        "webhooks: checks: only the beginning of a password counts",
        "activities/webhooks/test_checks.py::test_the_proof_of_another_sender_is_none[moodle]",
        "assert not True",
        Edit("webhooks/checks/basic.py", "is_one_of(given, [", 'is_one_of(given[:4], [b"lms:"] + ['),
    ),
    mutant(
        "webhooks: checks: a user and password are read in lower case",
        "activities/webhooks/test_checks.py::test_the_name_of_the_scheme_counts_in_any_case",
        "assert not True",
        Edit(
            "webhooks/checks/basic.py",
            'is_one_of(given, [f"{self.user}:{one}"',
            'is_one_of(given.lower(), [f"{self.user}:{one}"',
        ),
    ),
    mutant(
        "webhooks: checks: any scheme counts as Bearer",
        "activities/webhooks/test_checks.py::test_the_name_of_the_scheme_counts_in_any_case",
        "assert not True",
        Edit("webhooks/checks/bearer.py", 'if scheme.lower() != "bearer":', "if not scheme:"),
    ),
    mutant(
        "webhooks: checks: only the second secret counts",
        "activities/webhooks/test_senders.py::test_two_secrets_count_during_a_rotation",
        "assert (None is not None) is True",
        Edit("webhooks/checks/check.py", "for one in expected]", "for one in list(expected)[1:]]"),
    ),
    mutant(
        "webhooks: checks: a secret that isn't base64 is accepted",
        "activities/webhooks/test_senders.py::test_a_signing_secret_has_to_be_base64",
        "AssertionError: assert [] == [('lms', 'WEB...thi",
        Edit(
            "webhooks/checks/standard.py",
            '            base64.b64decode(text + "=" * (-len(text) % 4), validate=True)\n',
            "            del text\n",
        ),
    ),
    mutant(
        "webhooks: checks: signatures are read leniently",
        "activities/webhooks/test_checks.py::test_signatures_of_standard_webhooks_are_read_strictly",
        "AssertionError: v1,",
        Edit("webhooks/checks/standard.py", " if _SIGNATURE.fullmatch(one)]", "]"),
    ),
    mutant(
        "webhooks: checks: only text can be signed",
        "activities/webhooks/test_checks.py::test_the_body_may_be_any_bytes",
        "AssertionError: assert False",
        Edit("webhooks/checks/standard.py", "[_Signer(secret) for", "[Webhook(secret) for"),
    ),
    mutant(
        "webhooks: checks: the prefix is optional",
        "activities/webhooks/test_checks.py::test_another_encoding_is_no_proof",
        "AssertionError: ",
        Edit(
            "webhooks/checks/signature.py",
            "        if not text.startswith(prefix):\n            return None\n        text = text[len(prefix) :]",
            "        text = text.removeprefix(prefix)",
        ),
    ),
    mutant(
        "webhooks: checks: spaces between digits are accepted",
        "activities/webhooks/test_checks.py::test_another_encoding_is_no_proof",
        "AssertionError: ",
        Edit(
            "webhooks/checks/signature.py",
            "bytes.fromhex(text) if _HEX.fullmatch(text) else None",
            "bytes.fromhex(text)",
        ),
    ),
    mutant(
        "webhooks: checks: hexadecimal digits in capitals don't count",
        "activities/webhooks/test_checks.py::test_hexadecimal_digits_count_in_either_case",
        "assert False",
        Edit(
            "webhooks/checks/signature.py",
            '_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")',
            '_HEX = re.compile(r"(?:[0-9a-f]{2})+")',
        ),
    ),
    mutant(
        "webhooks: checks: a signature never expires",
        "activities/webhooks/test_checks.py::test_a_signature_expires[hr-timed_hmac]",
        "AssertionError: 310",
        Edit(
            "webhooks/checks/signature.py",
            "abs(int(text) - self._clock()) <= _TOLERANCE",
            "int(text) - self._clock() <= _TOLERANCE",
        ),
    ),
    mutant(
        "webhooks: checks: a signature from the future counts",
        "activities/webhooks/test_checks.py::test_a_signature_expires[hr-timed_hmac]",
        "AssertionError: -310",
        Edit(
            "webhooks/checks/signature.py",
            "abs(int(text) - self._clock()) <= _TOLERANCE",
            "self._clock() - int(text) <= _TOLERANCE",
        ),
    ),
    mutant(
        "webhooks: checks: a time may be in any digits",
        "activities/webhooks/test_checks.py::test_the_time_of_a_signature_is_in_whole_seconds",
        "ValueError: invalid literal for int() with base",
        Edit(
            "webhooks/checks/signature.py",
            '_SECONDS = re.compile(r"\\d{1,12}", re.ASCII)',
            '_SECONDS = re.compile(r"\\S+")',
        ),
    ),
    mutant(
        "webhooks: checks: a missing signed header doesn't matter",
        "activities/webhooks/test_checks.py::test_what_is_not_signed_is_no_proof",
        "assert b'{\"payloads\": [1, 2]}' is None",
        Edit("webhooks/checks/signature.py", " if len(known) == len(parts) else None", ""),
    ),
    mutant(
        "webhooks: checks: a signature may leave out the body",
        "activities/webhooks/test_senders.py::test_an_impossible_sender_is_closed_alone[a signature without the body]",
        "AssertionError: assert {'lms', 'openedx'} == {'o",
        Edit("webhooks/schemes.py", "if BODY not in self.signed:", "if not self.signed:"),
    ),
    mutant(
        "webhooks: checks: a time that isn't signed counts",
        "activities/webhooks/test_senders.py::test_an_impossible_sender_is_closed_alone[a time that is not signed]",
        "AssertionError: assert {'lms', 'openedx'} == {'o",
        Edit(
            "webhooks/schemes.py",
            '            raise ValueError("timestampHeader: must be in signed")',
            "            pass",
        ),
    ),
    mutant(
        "webhooks: checks: keys may come over http",
        "activities/webhooks/test_senders.py::test_an_impossible_sender_is_closed_alone[keys over http]",
        "AssertionError: assert {'lms', 'openedx'} == {'o",
        Edit(
            "webhooks/schemes.py",
            'local = parts.scheme == "http" and parts.hostname in',
            'local = parts.scheme == "http" or parts.hostname in',
        ),
    ),
    mutant(
        "webhooks: tokens: a request whose token proves nothing is taken",
        "activities/webhooks/test_token.py::test_a_token_that_proves_nothing_is_refused",
        "AssertionError: assert b'{}' is None",
        Edit(
            "webhooks/checks/token.py",
            "        except (jwt.PyJWTError, ValueError):\n            return None",
            "        except (jwt.PyJWTError, ValueError):\n            return body or None",
        ),
    ),
    mutant(
        "webhooks: tokens: the audience doesn't count",
        "activities/webhooks/test_token.py::test_issuer_and_audience_count_where_they_are_set",
        'assert b\'{"metadata":{"event_name":"course_compl',
        Edit("webhooks/checks/token.py", '"verify_aud": self._audience is not None', '"verify_aud": False'),
    ),
    mutant(
        "webhooks: tokens: the issuer doesn't count",
        "activities/webhooks/test_token.py::test_issuer_and_audience_count_where_they_are_set",
        'assert b\'{"metadata":{"event_name":"course_compl',
        Edit("webhooks/checks/token.py", "issuer=self._issuer", "issuer=None"),
    ),
    mutant(
        "webhooks: tokens: made-up keys are fetched each time",
        "activities/webhooks/test_token.py::test_unknown_keys_lead_to_one_fetch_a_minute",
        "assert 20 == 1",
        Edit("webhooks/checks/keys.py", " and now - self._in_vain >= _PAUSE", ""),
    ),
    mutant(
        "webhooks: tokens: a new key is never fetched",
        "activities/webhooks/test_token.py::test_a_new_key_is_found",
        "assert None",
        Edit("webhooks/checks/keys.py", "return (old or self._known(name) is None) and", "return old and"),
    ),
    mutant(
        "webhooks: tokens: a key is kept forever",
        "activities/webhooks/test_token.py::test_a_key_that_was_withdrawn_is_trusted_no_longer_than_an_hour",
        'assert b\'{"metadata":{"event_name":"course_compl',
        Edit("webhooks/checks/keys.py", "old = now - self._fetched >= _FRESH", "old = not self._keys"),
    ),
    mutant(
        "webhooks: tokens: keys are lost while no others can be fetched",
        "activities/webhooks/test_token.py::test_known_keys_count_while_no_others_are_to_be_had",
        "assert None",
        Edit(
            "webhooks/checks/keys.py",
            "RecursionError):\n            self._in_vain = self._clock()",
            "RecursionError):\n            self._in_vain, self._keys = self._clock(), {}",
        ),
    ),
    mutant(
        "webhooks: tokens: the key server may take its time",
        "activities/webhooks/test_token.py::test_known_keys_count_while_no_others_are_to_be_had[hangs]",
        "assert (",
        Edit("webhooks/checks/keys.py", "_SECONDS = 3.0", "_SECONDS = 10.0"),
    ),
    mutant(
        "webhooks: tokens: redirects are followed",
        "activities/webhooks/test_token.py::test_known_keys_count_while_no_others_are_to_be_had[status 302]",
        "assert 3 == 2",
        Edit("webhooks/checks/keys.py", "allow_redirects=False", "allow_redirects=True"),
    ),
    mutant(
        "webhooks: tokens: a token that names no key may use any",
        "activities/webhooks/test_token.py::test_a_token_without_the_name_of_a_key_means_the_only_one",
        'assert b\'{"metadata":{"event_name":"course_compl',
        Edit("webhooks/checks/keys.py", "if name is None and len(self._keys) == 1:", "if name is None and self._keys:"),
    ),
    mutant(
        "webhooks: tokens: a caller that gives up ends the fetch",
        "activities/webhooks/test_token.py::test_made_up_keys_do_not_multiply_fetches_while_the_server_is_slow",
        "asyncio.exceptions.CancelledError",
        Edit("webhooks/checks/keys.py", "await asyncio.shield(self._fetching)", "await self._fetching"),
    ),
    mutant(
        "webhooks: tokens: a key fetched long ago counts once more",
        "activities/webhooks/test_token.py::test_a_key_that_nobody_has_asked_about_for_long_is_looked_up_first",
        "assert b'{",
        Edit("webhooks/checks/keys.py", " or age >= 2 * _FRESH):", "):"),
    ),
    mutant(
        "webhooks: tokens: all keys without an algorithm get the same one",
        "activities/webhooks/test_token.py::test_a_key_without_an_algorithm_serves_for_those_of_its_type",
        "assert None",
        Edit("webhooks/checks/token.py", 'jwt.PyJWK(key, key.get("alg") or header["alg"])', "jwt.PyJWK(key)"),
    ),
    mutant(
        "webhooks: tokens: a key for encryption signs",
        "activities/webhooks/test_token.py::test_a_key_without_an_algorithm_serves_for_those_of_its_type",
        "assert b'{",
        Edit("webhooks/checks/keys.py", 'if entry.get("use") != "enc" and jwt.PyJWK(entry):', "if jwt.PyJWK(entry):"),
    ),
    mutant(
        "webhooks: tokens: a subject has to be text",
        "activities/webhooks/test_token.py::test_claims_of_the_event_are_not_checked",
        "AssertionError: {'sub': 5}",
        Edit("webhooks/checks/token.py", '"verify_sub": False', '"verify_sub": True'),
    ),
)

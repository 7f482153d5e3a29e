"""The comparison finds a peer that responds differently."""

import json
import unittest

from driver.client import Answer
from driver.conformance import essence

HEADERS = {"content-type": "application/json", "x-request-id": "01a1fd1d-c9df-78a1-a1e8-48730edb17b7"}


def answer(status: int, body: object, **headers: str) -> Answer:
    return Answer(status, HEADERS | headers, json.dumps(body).encode())


class Essence(unittest.TestCase):
    def test_ids_and_times_are_new_each_time(self):
        one = {"id": "01a1fd1d-c9df-78a1-a1e8-48730edb17b7", "created_at": "2026-11-21T07:59:10.303Z"}
        other = {"created_at": "2026-11-22T00:00:00.000Z", "id": "01a1fd1d-0000-7000-8000-000000000000"}
        self.assertEqual(essence(answer(201, one)), essence(answer(201, other)))

    def test_everything_else_counts(self):
        right = essence(answer(200, {"user": "a", "tocos": 1}, etag='"a.1"'))
        for wrong in (
            answer(201, {"user": "a", "tocos": 1}, etag='"a.1"'),
            answer(200, {"user": "a", "tocos": 2}, etag='"a.1"'),
            answer(200, {"user": "a"}, etag='"a.1"'),
            answer(200, {"user": "a", "tocos": 1}),
            answer(200, {"user": "a", "tocos": 1}, etag='"a.1"', link="</tocos>"),
            Answer(200, HEADERS | {"etag": '"a.1"'}, b"no json"),
        ):
            self.assertNotEqual(essence(wrong), right, wrong)

    def test_each_framework_has_its_words_for_a_wrong_value(self):
        problem = {"type": "urn:mini-api:problem:invalid-value", "title": "t", "status": 422, "request_id": "r"}
        one, other = (answer(422, problem | {"detail": detail}) for detail in ("one", "other"))
        self.assertEqual(essence(one), essence(other))
        self.assertNotEqual(essence(one), essence(answer(422, problem | {"status": 400})))

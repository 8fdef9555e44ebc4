"""What leaves with a release: the same table in each format, all of it in the signed record."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.release import formats
from api.release.formats import files_of
from api.release.models import Release
from api.release.record import verify_receipt
from tests.api.flow import MEAN, Flow, find
from tests.api.identity.browser import log_in
from tests.api.release.test_comma_separated import read
from tests.api.release.test_workbook import cells

ENDINGS = [".csv", ".csv-metadata.json", ".parquet", ".xlsx"]


def downloaded(flow: Flow, client: TestClient, number: str) -> dict[str, bytes]:
    log_in(client, flow.database, flow.settings, flow.world.researcher)
    names = [f"{number}-1{ending}" for ending in ENDINGS]
    answers = [client.get(f"/api/requests/{number}/files/{name}") for name in names]
    assert [answer.status_code for answer in answers] == [200] * 4
    return {name: answer.content for name, answer in zip(names, answers, strict=True)}


def test_every_format_says_the_same(flow: Flow, client: TestClient) -> None:
    number = flow.released(MEAN)
    csv, description, parquet, xlsx = downloaded(flow, client, number).values()
    header, *lines = read(csv)
    table = pq.read_table(io.BytesIO(parquet))
    assert table.column_names == cells(xlsx)[0] == header
    assert [column["titles"] for column in json.loads(description)["tableSchema"]["columns"]] == header
    values = table.column(header[-1]).to_pylist()
    assert values == [float(line[-1]) for line in lines] == [row[-1] for row in cells(xlsx)[1:]]


def test_all_files_are_in_the_signed_record(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    files = downloaded(flow, client, number)
    receipt = client.get(f"/api/requests/{number}/receipt").json()
    told = receipt["record"]["files"]
    assert [(file["name"], file["size"]) for file in told] == [
        (name, len(content)) for name, content in files.items()
    ]
    assert verify_receipt(receipt, files) is None
    assert [file["media_type"] for file in told][1:3] == [
        "application/csvm+json",
        "application/vnd.apache.parquet",
    ]


def test_the_description_tells_where_the_figures_come_from(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    document = json.loads(downloaded(flow, client, number)[f"{number}-1.csv-metadata.json"])
    assert document["url"] == f"{number}-1.csv"
    assert document["dc:title"] == "Incomes by area"
    assert {one["@language"] for one in document["dc:source"]} == {"nl", "en"}
    assert "People, version 1" in document["dc:source"][1]["@value"]


def test_written_again_every_file_has_the_same_bytes(flow: Flow) -> None:
    number = flow.approved(MEAN)
    with flow.database.reading() as session:
        output = find(session, number).outputs[0]
        assert list(files_of(output, "nl")) == list(files_of(output, "nl"))


def test_a_table_too_long_for_a_sheet_leaves_without_one(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "fits_a_sheet", lambda _: False)
    flow.released()
    with flow.database.reading() as session:
        names: list[Any] = [file.name for file in session.scalars(select(Release)).one().files]
    assert [name.rpartition(".")[2] for name in names] == ["csv", "json", "parquet"]

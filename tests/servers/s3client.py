# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A small S3 client with a signer of its own, so that the module's signer is never judged by itself.

Signature Version 4 as in "Authenticating Requests: Using the Authorization Header", Amazon S3 API
Reference: the path is encoded once, and never normalised. Keys are bytes, or text taken as UTF-8.
"""

import hashlib
import hmac
import http.client
import urllib.parse
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from typing import NamedTuple


class S3Error(Exception):
    """An answer that is no success: its status, and the body's Code."""

    def __init__(self, status: int, body: bytes):
        super().__init__(f"S3 answered {status}: {body[:400]!r}")
        self.status = status


class S3Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def quote(key: str | bytes, safe: str = "/") -> str:
    """RFC 3986 encoding as S3 signs it: all but unreserved characters, '/' kept."""
    return urllib.parse.quote(key, safe=safe)


def authorization(method: str, path: str, query: dict[str, str], headers: dict[str, str], payload_hash: str,
                  access_key: str, secret_key: str, region: str) -> str:
    """The Authorization header's value. `path` is as sent; every header of `headers` gets signed."""
    lowered = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    signed = ";".join(name for name, _ in lowered)
    canonical = "\n".join([
        method, path, canonical_query(query),
        "".join(f"{name}:{value}\n" for name, value in lowered), signed, payload_hash])
    stamp = headers["x-amz-date"]
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + secret_key.encode()
    for part in (stamp[:8], region, "s3", "aws4_request", to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return (f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed}, "
            f"Signature={key.hex()}")


def canonical_query(query: dict[str, str]) -> str:
    encoded = sorted((quote(name, ""), quote(value, "")) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in encoded)


class S3Client:
    """One connection a request; path style; any thread."""

    def __init__(self, host: str, access_key: str, secret_key: str, region: str = "us-east-1"):
        self._host = host
        self._access_key = access_key
        self._secret_key = secret_key
        self._region = region

    def create_bucket(self, bucket: str) -> None:
        self._expect_success("PUT", f"/{bucket}")

    def keep_versions(self, bucket: str, status: str = "Enabled") -> None:
        """Or no longer, with "Suspended"; what there is stays."""
        self._expect_success("PUT", f"/{bucket}", query={"versioning": ""}, body=(
            f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>").encode())

    def put(self, bucket: str, key: str | bytes, body: bytes, content_type: str = "audio/mpeg") -> str:
        """Stores an object; its entity tag, quotes and all."""
        answer = self._expect_success("PUT", f"/{bucket}/{quote(key)}", body=body,
                                      headers={"content-type": content_type})
        return answer.headers["etag"]

    def put_in_parts(self, bucket: str, key: str, body: bytes, part_bytes: int = 5 << 20) -> str:
        """The same in several parts, as large files are uploaded: its tag ends in "-" and their number."""
        path = f"/{bucket}/{quote(key)}"
        begun = self._expect_success("POST", path, query={"uploads": ""}, headers={"content-type": "audio/mpeg"})
        upload = next(element.text or "" for element in ElementTree.fromstring(begun.body).iter()
                      if element.tag.endswith("UploadId"))
        listed = ""
        for number, at in enumerate(range(0, len(body), part_bytes), start=1):
            tag = self._expect_success("PUT", path, query={"partNumber": str(number), "uploadId": upload},
                                       body=body[at:at + part_bytes]).headers["etag"]
            listed += f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
        self._expect_success("POST", path, query={"uploadId": upload},
                             body=f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode())
        return self.head(bucket, key)["etag"]

    def get(self, bucket: str, key: str | bytes, byte_range: str = "") -> bytes:
        headers = {"range": byte_range} if byte_range else {}
        return self._expect_success("GET", f"/{bucket}/{quote(key)}", headers=headers).body

    def head(self, bucket: str, key: str | bytes) -> dict[str, str]:
        return self._expect_success("HEAD", f"/{bucket}/{quote(key)}").headers

    def delete(self, bucket: str, key: str | bytes) -> None:
        self._expect_success("DELETE", f"/{bucket}/{quote(key)}")

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """All keys under a prefix, page by page."""
        found: list[str] = []
        query = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
        while True:
            page = ElementTree.fromstring(self._expect_success("GET", f"/{bucket}", query=query).body)
            texts = {element.tag.rpartition("}")[2]: element.text or "" for element in page.iter()}
            found += [urllib.parse.unquote_plus(element.text or "") for element in page.iter()
                      if element.tag.endswith("}Key")]
            if texts.get("IsTruncated") != "true":
                return found
            query["continuation-token"] = texts["NextContinuationToken"]

    def request(self, method: str, path: str, query: dict[str, str] | None = None,
                headers: dict[str, str] | None = None, body: bytes = b"") -> S3Response:
        """One signed request; `path` is already encoded."""
        sent = self.signed_headers(method, path, query, headers, body)
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            target = path + ("?" + canonical_query(query) if query else "")
            connection.request(method, target, body=body or None, headers=sent)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return S3Response(response.status, received, response.read())
        finally:
            connection.close()

    def signed_headers(self, method: str, path: str, query: dict[str, str] | None = None,
                       headers: dict[str, str] | None = None, body: bytes = b"") -> dict[str, str]:
        """All headers of such a request; `path` is already encoded."""
        payload_hash = hashlib.sha256(body).hexdigest()
        sent = {"host": self._host, "x-amz-content-sha256": payload_hash,
                "x-amz-date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"), **(headers or {})}
        sent["authorization"] = authorization(method, path, query or {}, sent, payload_hash,
                                              self._access_key, self._secret_key, self._region)
        return sent

    def _expect_success(self, method: str, path: str, query: dict[str, str] | None = None,
                        headers: dict[str, str] | None = None, body: bytes = b"") -> S3Response:
        answer = self.request(method, path, query, headers, body)
        if answer.status >= 300:
            raise S3Error(answer.status, answer.body)
        return answer

# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""AudioSessionPreset against databases that the frameworks themselves made, on MariaDB and on SQLite.

Symfony and Laravel are the real ones, from Debian's packages: their handlers make the table, write the
session, and are asked what they find in it. Magento is in no package: its documented table, with a session
that real PHP wrote, stored as its handler stores it (see php/presets/magento.php).
"""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frameworks import Framework, FrameworkDb, MariaShop, SqliteShop
from servers.audioshop import AudioShop, Directives, FileOrigin
from servers.mariadb import MariaDb
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER

STRANGER = 7
OLD_KEY, KEY = "cAnArY0ldCryptKey0123456789abcde", "cAnArYCryptKey0123456789abcdef01"
CHUNK = "Moby-Dick/01.mp3"
_numbers = itertools.count(1)

# What the presets stand for, left out.
NOTHING_ELSE: Directives = {"AudioSessionCookie": None, "AudioSessionQuery": None, "AudioSessionFormat": None,
                            "AudioCustomerKey": None}

Start = Callable[..., AudioShop]


@pytest.fixture(params=["mariadb", "sqlite"])
def make_db(request: pytest.FixtureRequest, workspace: Workspace) -> Callable[[], FrameworkDb]:
    def make() -> FrameworkDb:
        name = f"preset{next(_numbers)}"
        if request.param == "mariadb":
            return MariaShop(request.getfixturevalue("mariadb"), name)
        return SqliteShop(workspace, name)

    return make


@pytest.fixture
def start(workspace: Workspace) -> Iterator[Start]:
    """Starts a shop with a preset; CUSTOMER has bought its one chunk."""
    shops: list[AudioShop] = []

    def start(database: FrameworkDb | MariaDb | SqliteDb, preset: str, **changes: str) -> AudioShop:
        name = f"preset-shop{next(_numbers)}"
        shop = AudioShop(workspace, name, FileOrigin(workspace, f"{name}-origin"), database,
                         changes={**NOTHING_ELSE, "AudioSessionPreset": preset,
                                  # What is remembered would hide what the session says now.
                                  "AudioDecisionCache": "none", **changes}, log_level="trace8")
        shops.append(shop)
        database.add_purchase(CUSTOMER, "Moby-Dick")
        shop.publish(CHUNK, b"Call me Ishmael.")
        shop.start()
        return shop

    yield start
    for shop in shops:
        shop.stop()


def status(shop: AudioShop, session: str, cookie: str = "PHPSESSID") -> int:
    answer = shop.get(CHUNK, Cookie=f"theme=dark; {cookie}={session}; last=1")
    assert (answer.status == 200) == (answer.body == b"Call me Ishmael."), answer.body
    return answer.status


def assert_tells_people_apart(shop: AudioShop, framework: Framework, cookie: str = "PHPSESSID") -> None:
    """The customer has the chunk, somebody else is refused, a visitor must log in."""
    for customer, expected in ((CUSTOMER, 200), (STRANGER, 403), (None, 401)):
        session = framework.log_in(customer)["id"]
        assert framework.customer_of(session) == (None if customer is None else str(customer))
        assert status(shop, session, cookie) == expected, shop.apache.error_log()[-2000:]
    # httpd writes a line after the answer, and processes not in turn.
    wait_until(lambda: str(CUSTOMER) in [line.customer for line in shop.apache.access_log()], "the customer's log line")
    assert status(shop, "0123456789abcdef0123456789abcdef", cookie) == 401
    assert status(shop, session[:-1] + "'", cookie) == 401


def test_plain_reads_a_table_of_the_shop_s_own(start: Start, mariadb: MariaDb, workspace: Workspace) -> None:
    for database in (mariadb, SqliteDb(workspace)):
        shop = start(database, "plain")
        assert status(shop, shop.new_session(CUSTOMER)) == 200
        assert status(shop, shop.new_session(STRANGER)) == 403
        assert status(shop, shop.new_session(CUSTOMER, lifetime=-1)) == 401


def test_symfony_in_both_ages_of_its_table(start: Start, make_db: Callable[[], FrameworkDb]) -> None:
    symfony = Framework("symfony", make_db())
    symfony.log_in(None)  # makes the table, which statements are prepared against
    shop = start(symfony.database, "symfony")
    assert_tells_people_apart(shop, symfony)

    now = int(time.time())
    ages = [(now + 3000, now, True), (now - 2, now - 3000, False),
            # Before Symfony 4.4 sess_lifetime was a duration.
            (1440, now - 60, True), (1440, now - 1500, False), (315576000, now - 60, True), (0, now - 2, False)]
    for lifetime, written, lives in ages:
        session = symfony.log_in(CUSTOMER)["id"]
        symfony.database.sql(f"UPDATE sessions SET sess_lifetime = {lifetime}, sess_time = {written} "
                             f"WHERE sess_id = '{session}'")
        answer = status(shop, session)
        # Asked last: reading writes the session anew.
        assert (symfony.customer_of(session) is not None) == lives, f"Symfony differs: {lifetime}, {written}"
        assert answer == (200 if lives else 401), (lifetime, written)


def test_symfony_with_another_key_and_another_table(start: Start, make_db: Callable[[], FrameworkDb]) -> None:
    symfony = Framework("symfony", make_db())
    session = symfony.log_in(CUSTOMER)["id"]
    symfony.database.sql("ALTER TABLE sessions RENAME TO web_sessions")
    symfony.database.add_purchase(f"name-{CUSTOMER}", "Moby-Dick")
    # NativeSessionStorage keeps "shop/member" as one name, which a path cannot reach: no customer.
    shop = start(symfony.database, "symfony table=web_sessions", AudioCustomerKey="_sf2_attributes/shop/member")
    assert status(shop, session) == 401
    shop.stop()
    shop = start(symfony.database, "symfony table=web_sessions", AudioCustomerKey="_sf2_attributes/cart/0/id",
                 AudioSessionCookie="shop_id")
    symfony.database.add_purchase(7, "Moby-Dick")
    assert status(shop, session, "shop_id") == 200
    assert status(shop, session) == 401


def test_laravel_by_its_column_of_user_ids(start: Start, make_db: Callable[[], FrameworkDb]) -> None:
    laravel = Framework("laravel", make_db())
    laravel.log_in(None)
    shop = start(laravel.database, "laravel")
    assert_tells_people_apart(shop, laravel, "laravel_session")

    # A stock install encrypts the cookie with APP_KEY: unreadable, as the documentation says.
    cookies = laravel.log_in(CUSTOMER)
    assert status(shop, cookies["encrypted"], "laravel_session") == 401
    assert cookies["plain"] == cookies["id"]
    assert status(shop, cookies["plain"], "laravel_session") == 200

    now = int(time.time())
    for last_activity, lives in ((now - 7000, True), (now - 7202, False)):
        laravel.database.sql(f"UPDATE sessions SET last_activity = {last_activity} WHERE id = '{cookies['id']}'")
        assert status(shop, cookies["id"], "laravel_session") == (200 if lives else 401)
        assert (laravel.customer_of(cookies["id"]) is not None) == lives


def test_laravel_with_another_lifetime_and_by_its_payload(start: Start, make_db: Callable[[], FrameworkDb]) -> None:
    laravel = Framework("laravel", make_db())
    session = laravel.log_in(CUSTOMER)["id"]
    laravel.database.sql(f"UPDATE sessions SET last_activity = {int(time.time()) - 600}")
    shop = start(laravel.database, "laravel lifetime=5m")
    assert status(shop, session, "laravel_session") == 401
    shop.stop()
    shop = start(laravel.database, "laravel lifetime=1h")
    assert status(shop, session, "laravel_session") == 200
    shop.stop()
    # Where user_id is not kept: what Illuminate\Auth\SessionGuard puts into the session itself.
    laravel.database.sql("UPDATE sessions SET user_id = NULL")
    shop = start(laravel.database, "laravel", AudioSessionFormat="base64 php_serialize",
                 AudioSessionQuery='"SELECT payload FROM sessions WHERE id = %{session}s AND \'it\'\'s\' <> \'\'"',
                 AudioCustomerKey="login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d")
    assert status(shop, session, "laravel_session") == 200


def key_file(workspace: Workspace, text: str) -> Path:
    path = workspace.path / f"magento-{next(_numbers)}.key"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_magento_with_its_hashed_ids(start: Start, make_db: Callable[[], FrameworkDb], workspace: Workspace) -> None:
    magento = Framework("magento", make_db(), MAGENTO_KEY=f"{OLD_KEY}\n{KEY}")
    magento.log_in(None)
    key = key_file(workspace, f"{OLD_KEY}\n{KEY}\n")
    shop = start(magento.database, f"magento key-file={key}")
    assert_tells_people_apart(shop, magento)

    session = magento.log_in(CUSTOMER)["id"]
    for age, expected in ((3590, 200), (3602, 401)):
        magento.database.sql(f"UPDATE session SET session_expires = {int(time.time()) - age}")
        assert status(shop, session) == expected, age
    log = shop.apache.error_log()
    assert log and "cAnArYCryptKey" not in log and "cAnArY0ldCryptKey" not in log
    shop.stop()

    # Without the key, or with another, nobody is found.
    session = magento.log_in(CUSTOMER)["id"]
    for preset in ("magento", f"magento key-file={key_file(workspace, OLD_KEY)}"):
        shop = start(magento.database, preset)
        assert status(shop, session) == 401
        shop.stop()


def test_magento_with_plain_ids_and_a_table_prefix(start: Start, make_db: Callable[[], FrameworkDb]) -> None:
    magento = Framework("magento", make_db(), MAGENTO_KEY="")
    sessions = {customer: magento.log_in(customer)["id"] for customer in (CUSTOMER, STRANGER, None)}
    magento.database.sql("ALTER TABLE session RENAME TO m2_session")
    shop = start(magento.database, "magento table=m2_session")
    assert {customer: status(shop, id_) for customer, id_ in sessions.items()} == {
        CUSTOMER: 200, STRANGER: 403, None: 401}


@pytest.mark.parametrize("preset, remedy", [
    ("drupal", "one of plain, symfony, laravel, magento"),
    ("symfony lifetime=5m", "symfony takes no lifetime="),
    ("laravel table=a;b", "letters, digits"),
    ("magento key-file=/nowhere/key", "No such file"),
])
def test_a_mistake_is_found_by_the_configuration_test(workspace: Workspace, preset: str, remedy: str) -> None:
    name = f"preset-shop{next(_numbers)}"
    shop = AudioShop(workspace, name, FileOrigin(workspace, f"{name}-origin"), SqliteDb(workspace),
                     changes={**NOTHING_ELSE, "AudioSessionPreset": f'"{preset}"' if ";" in preset else preset})
    code, output = shop.apache.configtest(shop.config())
    assert code != 0 and "AudioSessionPreset" in output and remedy in output, output


def test_a_key_that_everybody_may_read_is_refused(workspace: Workspace) -> None:
    key = key_file(workspace, KEY)
    key.chmod(0o644)
    name = f"preset-shop{next(_numbers)}"
    shop = AudioShop(workspace, name, FileOrigin(workspace, f"{name}-origin"), SqliteDb(workspace),
                     changes={**NOTHING_ELSE, "AudioSessionPreset": f"magento key-file={key}"})
    code, output = shop.apache.configtest(shop.config())
    assert code != 0 and f"chmod o-rwx {key}" in output and KEY not in output, output
    key.chmod(0o640)
    assert shop.apache.configtest(shop.config())[0] == 0


def test_a_preset_inside_replaces_what_stands_outside(workspace: Workspace, start: Start) -> None:
    """The other way round than usual: a query outside must not go with the preset of a virtual host."""
    database = SqliteDb(workspace)
    shop = start(database, "plain")
    session = shop.new_session(CUSTOMER)
    wrong = ('AudioSessionQuery "SELECT \'nothing\' FROM sessions WHERE id = %{session}s"\n'
             "AudioSessionFormat json\nAudioCustomerKey nowhere\nAudioSessionCookie other\n")
    shop.stop()
    shop.apache.start(shop.config() + "\n</VirtualHost>\n" + wrong + "<VirtualHost 127.0.0.2:1>\nServerName unused")
    assert status(shop, session) == 200, shop.apache.error_log()[-2000:]

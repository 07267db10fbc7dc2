"""``/tools``: people of a file become those of a managed resolver; tokens go along to another resolver."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.directory.importing import Importing
from watchword.directory.reading import Form, read_columns
from watchword.errors import BadParameter, MissingParameter
from watchword.limits.pool import CostlyWork
from watchword.web.administrators.rights import IMPORT_USERS, MIGRATE_RESOLVER, WRITE
from watchword.web.call import Call
from watchword.web.parameters import Params

_NOTED = 100
"""Serials that the audit row names."""
_PATIENCE = 60
"""Seconds that one password of a file may wait for its turn."""


async def import_users(call: Call) -> Answer:
    """Make a resolver hold the people of the file and nobody else; ``dryrun=true`` only tells what would become."""
    call.permit(IMPORT_USERS)
    call.permit(WRITE)
    sent = call.params
    resolver, text, form = sent.need("resolver"), _text(sent), _form(sent)
    dry_run = sent.flag("dryrun")
    house = call.house
    pool = CostlyWork(workers=house.pool.workers, queue=house.pool.workers, seconds=_PATIENCE)
    try:
        importing = Importing(house.store, house.ring, house.dice, pool)
        done = await importing.bring_in(text, form, resolver, dry_run=dry_run)
    finally:
        pool.close()
    counts = {
        "created": done.created,
        "updated": done.updated,
        "modified": done.modified,
        "deleted": done.deleted,
    }
    told = ", ".join(f"{len(people)} {word}" for word, people in counts.items())
    call.note.action_detail = f"{resolver}: {told}{' (dry run)' if dry_run else ''}"
    return Reply(counts)


async def migrate_resolver(call: Call) -> Answer:
    """Give the tokens of the people of resolver ``from`` to those of the same logins in ``to``; realms stay."""
    call.permit(MIGRATE_RESOLVER)
    source, target = call.params.need("from"), call.params.need("to")
    call.note.action_detail = f"migration from {source} to {target}"
    resolvers = call.house.configuring.resolvers
    plan = await resolvers.prepare_move(call.snapshot.configuration, source, target)
    async with call.unit() as unit:
        serials, owned = await resolvers.move(unit, plan)
        message = f"{len(serials)} tokens of {owned} migrated"
        call.note.info, call.note.serial = message, ",".join(serials[:_NOTED])
    return Reply({"value": True, "message": message})


def _text(sent: Params) -> str:
    upload = sent.files.get("file")
    if upload is None:
        raise MissingParameter("file")
    try:
        return upload.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadParameter("The file is not in UTF-8: save it so.") from None


def _form(sent: Params) -> Form:
    return Form(
        format=sent.text("format", "csv"),
        delimiter=sent.text("delimiter", ","),
        quotechar=sent.text("quotechar", '"'),
        skip_header=sent.flag("skip_header"),
        columns=read_columns(sent.text("column_mapping")),
        passwords_in_plaintext=sent.flag("passwords_in_plaintext"),
    )


DOORS = (
    Door("/tools/import_users", "P", import_users),
    Door("/tools/migrate_resolver", "P", migrate_resolver),
)

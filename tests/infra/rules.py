"""The rules that the infrastructure follows. Each yields a text for each thing that's wrong."""

from tests.infra.access import role_names_match, roles_match
from tests.infra.alerts import alerts_work, workbook_is_complete
from tests.infra.backup import backup_is_closed
from tests.infra.declared import (
    blobs_expire,
    environment_is_passed_on,
    parameters_are_described,
    senders_match,
    settings_match,
    storage_is_declared,
)
from tests.infra.deployer import deployer_is_constrained, roles_are_foreseen
from tests.infra.door import callers_are_chosen, off_by_default, secrets_are_referenced, vault_is_protected
from tests.infra.flex import nothing_that_flex_refuses, scale_is_chosen
from tests.infra.secure import no_keys, no_passwords, no_public_data, no_urls_in_spans, transport_is_encrypted

RULES = {
    rule.__name__: rule
    for rule in (
        no_keys,
        no_passwords,
        transport_is_encrypted,
        no_public_data,
        no_urls_in_spans,
        roles_match,
        role_names_match,
        storage_is_declared,
        settings_match,
        senders_match,
        environment_is_passed_on,
        blobs_expire,
        parameters_are_described,
        alerts_work,
        workbook_is_complete,
        off_by_default,
        secrets_are_referenced,
        vault_is_protected,
        callers_are_chosen,
        roles_are_foreseen,
        deployer_is_constrained,
        backup_is_closed,
        nothing_that_flex_refuses,
        scale_is_chosen,
    )
}

"""The rules that the infrastructure keeps. Each gives what is wrong, one text a finding."""

from tests.infra.access import role_names_fit, roles_fit
from tests.infra.alerts import alerts_tell, pictures_ask
from tests.infra.declared import bodies_expire, parameters_speak, settings_match, storage_is_declared
from tests.infra.secure import clients_write_no_urls, no_keys, no_passwords, no_public_data, transport

RULES = {
    rule.__name__: rule
    for rule in (
        no_keys,
        no_passwords,
        transport,
        no_public_data,
        clients_write_no_urls,
        roles_fit,
        role_names_fit,
        storage_is_declared,
        settings_match,
        bodies_expire,
        parameters_speak,
        alerts_tell,
        pictures_ask,
    )
}

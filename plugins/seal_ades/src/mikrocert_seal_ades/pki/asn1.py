"""asn1crypto, ready for several threads at once.

It prepares each of its classes when the first value of it is made, and without a lock, so that a second thread may meet one that is half
prepared. Here all are prepared before; Python imports a module once, whoever asks. Reach it by `x509.asn1crypto`.

Left out are the names of extensions and of attributes in CMS, to which pyHanko adds others when it is imported: asn1crypto does not notice
once it has prepared them. Who reads them needs no names; who writes them by name does so in one thread.
"""

from typing import Any, Final

from asn1crypto import algos, cms, core, crl, keys, ocsp, tsp, x509

# For the same reason QCStatements get the name here that pyHanko gives them: a certificate read before pyHanko was imported
# could not be written again after. `tsp` adds the attributes of seals to those that `cms` knows by name.
x509.ExtensionId._map.setdefault("1.3.6.1.5.5.7.1.3", "qc_statements")  # noqa: SLF001  see above


class TimeStampResp(core.Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """A TimeStampResp with its token optional, as in a rejection (RFC 3161, 2.4.2); asn1crypto takes it for mandatory."""

    _fields: Any = [  # noqa: RUF012  as asn1crypto has it
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


LATER: Final = frozenset((x509.ExtensionId, cms.CMSAttributeType))
"""Classes that are prepared when they are needed."""

_LEFT_OUT: Final = LATER | {core.Choice}  # that one is nothing by itself
_CLASSES: Final[set[Any]] = {
    value
    for module in (algos, keys, x509, cms, crl, ocsp, tsp)
    for value in (*vars(module).values(), TimeStampResp)
    if isinstance(value, type) and issubclass(value, core.Asn1Value) and value not in _LEFT_OUT
}
for _class in _CLASSES:
    core.Asn1Value.__init__(_class.__new__(_class))

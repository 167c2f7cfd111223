#!/usr/bin/env python3
"""A second implementation of the signatures of SMEV 2, to judge the first.

Canonical forms come from lxml, GOST R 34.10-2012 and Streebog (256 bits) from gostcrypto; XML signatures and the little DER that is
needed are written out here. It shares nothing with the bus, trusts nothing but the certificates it is given, and is slow.

    smev_referee.py check                                          can it run here?
    smev_referee.py sign --key KEY --certificate CERT < IN > OUT   signs the Body as an information system: ЭП-ОВ
    smev_referee.py verify --certificate CERT... < MESSAGE         judges every signature in the Header, as JSON

`verify` exits with 0 when there is a signature and all of them hold, with 1 otherwise. Exit code 77: a library is missing.
"""

import argparse
import base64
import copy
import json
import sys
from pathlib import Path

# Where `cargo xtask setup` puts gostcrypto.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "target" / "referee"))

try:
    from lxml import etree
    import gostcrypto
except ImportError as missing:
    print(f"smev_referee: {missing}", file=sys.stderr)
    sys.exit(77)

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{WSS}-wssecurity-secext-1.0.xsd"
WSU = f"{WSS}-wssecurity-utility-1.0.xsd"
X509 = f"{WSS}-x509-token-profile-1.0#X509v3"
BASE64 = f"{WSS}-soap-message-security-1.0#Base64Binary"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
URN = "urn:ietf:params:xml:ns:cpxmlsec:algorithms"
SIGNATURE = f"{URN}:gostr34102012-gostr34112012-256"
DIGEST = f"{URN}:gostr34112012-256"
SENDER = "http://smev.gosuslugi.ru/actors/smev"
# Node and sender alike.
ACTORS = {SENDER: "smev", "http://smev.gosuslugi.ru/actors/recipient": "recipient"}

# Curves by object identifier: RFC 4357 under its own names and those of RFC 7836, RFC 9215.
CURVES = {
    "1.2.643.2.2.35.1": "B",
    "1.2.643.2.2.35.2": "C",
    "1.2.643.2.2.35.3": "D",
    "1.2.643.2.2.36.0": "B",
    "1.2.643.2.2.36.1": "D",
    "1.2.643.7.1.2.1.1.1": "A",
    "1.2.643.7.1.2.1.1.2": "B",
    "1.2.643.7.1.2.1.1.3": "C",
    "1.2.643.7.1.2.1.1.4": "D",
}
GOST_2012_256 = "1.2.643.7.1.1.1.1"


class Refused(Exception):
    """Why a signature does not hold."""


# DER, as much as a certificate and a key need.


def der(octets):
    """The values inside: (tag, content, the whole element)."""
    at = 0
    while at < len(octets):
        start, tag, length = at, octets[at], octets[at + 1]
        at += 2
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(octets[at : at + count], "big")
            at += count
        yield tag, octets[at : at + length], octets[start : at + length]
        at += length


def children(octets):
    return list(der(next(der(octets))[1]))


def oid(content):
    numbers, value = [min(content[0] // 40, 2)], 0
    numbers.append(content[0] - 40 * numbers[0])
    for octet in content[1:]:
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def engine(algorithm):
    """GOST R 34.10-2012 on the curve that an AlgorithmIdentifier names."""
    name, parameters = children(algorithm)[:2]
    if oid(name[1]) != GOST_2012_256:
        raise Refused(f"a key of another algorithm: {oid(name[1])}")
    curve = CURVES[oid(next(der(parameters[1]))[1])]
    curves = gostcrypto.gostsignature.CURVES_R_1323565_1_024_2019
    return gostcrypto.gostsignature.new(
        gostcrypto.gostsignature.MODE_256, curves[f"id-tc26-gost-3410-2012-256-paramSet{curve}"]
    )


def public_key(certificate):
    """The engine and the key, X then Y, of a certificate's SubjectPublicKeyInfo."""
    fields = [field for field in children(children(certificate)[0][2]) if field[0] != 0xA0]
    algorithm, bits = children(fields[5][2])
    key = next(der(bits[1][1:]))[1]
    # Little-endian in the certificate.
    return engine(algorithm[2]), bytearray(key[:32][::-1] + key[32:][::-1])


def private_key(file):
    """The engine and the key of a PKCS#8 file."""
    _, algorithm, key = children(pem(file, "PRIVATE KEY"))[:3]
    content = key[1]
    # As it is, or once more inside: OCTET STRING little-endian, INTEGER big-endian.
    if len(content) != 32:
        tag, inside, _ = next(der(content))
        content = inside if tag == 0x04 else inside.lstrip(b"\0").rjust(32, b"\0")[::-1]
    return engine(algorithm[2]), bytearray(content[::-1])


def pem(file, label):
    text = Path(file).read_text()
    return base64.b64decode(text.split(f"-----BEGIN {label}-----")[1].split(f"-----END {label}-----")[0])


# Digests, canonical forms, values.


def streebog(octets):
    return bytes(gostcrypto.gosthash.new("streebog256", data=bytearray(octets)).digest())


def number(octets):
    """A digest as GOST R 34.10 reads it: the least octet first."""
    return bytearray(streebog(octets)[::-1])


def canonical(element, prefixes=None, without=None):
    """Exclusive canonical form without comments; `without` is left out."""
    if without is not None and element in without.iterancestors():
        path = element.getroottree().getpath(element)
        place = without.getroottree().getpath(without)
        twin = copy.deepcopy(element.getroottree())
        gone = twin.xpath(place)[0]
        before, tail = gone.getprevious(), gone.tail or ""
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            gone.getparent().text = (gone.getparent().text or "") + tail
        gone.getparent().remove(gone)
        element = twin.xpath(path)[0]
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes or None
    )


def parse(octets):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(octets, parser)
    if root.getroottree().docinfo.doctype:
        raise Refused("a document type declaration")
    return root


def text(element):
    return base64.b64decode("".join(element.itertext()))


# Signing.


def sign(message, key, certificate):
    root = parse(message)
    body = root.find(f"{{{SOAP}}}Body")
    header = root.find(f"{{{SOAP}}}Header")
    if header is None:
        header = etree.Element(f"{{{SOAP}}}Header")
        root.insert(0, header)
    body.set(f"{{{WSU}}}Id", "body")
    token = base64.b64encode(certificate).decode()
    digest = base64.b64encode(streebog(canonical(body))).decode()
    security = etree.fromstring(
        f"""<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" xmlns:soap="{SOAP}" soap:actor="{SENDER}">
  <wsse:BinarySecurityToken EncodingType="{BASE64}" ValueType="{X509}" wsu:Id="python">{token}</wsse:BinarySecurityToken>
  <Signature xmlns="{DS}">
    <SignedInfo>
      <CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>
      <SignatureMethod Algorithm="{SIGNATURE}"/>
      <Reference URI="#body">
        <Transforms><Transform Algorithm="{EXCLUSIVE}"/></Transforms>
        <DigestMethod Algorithm="{DIGEST}"/>
        <DigestValue>{digest}</DigestValue>
      </Reference>
    </SignedInfo>
    <SignatureValue/>
    <KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#python" ValueType="{X509}"/></wsse:SecurityTokenReference></KeyInfo>
  </Signature>
</wsse:Security>"""
    )
    header.insert(0, security)
    signed_info = security.find(f".//{{{DS}}}SignedInfo")
    curve, private = private_key(key)
    value = bytes(curve.sign(private, number(canonical(signed_info))))
    # r then s; the profile wants s then r.
    security.find(f".//{{{DS}}}SignatureValue").text = base64.b64encode(value[32:] + value[:32]).decode()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


# Verifying.


def one(elements, what):
    if len(elements) != 1:
        raise Refused(f"{len(elements)} of {what}, one is wanted")
    return elements[0]


def by_id(root, reference):
    if not reference.startswith("#"):
        raise Refused(f"a reference to {reference!r}")
    found = [
        element
        for element in root.iter("*")
        for name, value in element.attrib.items()
        if etree.QName(name).localname.lower() == "id" and value.strip() == reference[1:]
    ]
    return one(found, f"elements with the id {reference[1:]!r}")


def prefixes_of(method):
    inside = method.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    return inside.get("PrefixList").split() if inside is not None else []


def check_algorithm(element, allowed):
    if element.get("Algorithm") not in allowed:
        raise Refused(f"an algorithm that is not judged here: {element.get('Algorithm')}")


def name_of(root, element):
    if element is root.find(f"{{{SOAP}}}Body"):
        return "Body"
    is_header = etree.QName(element).localname == "Header" and element.getparent() is root.find(f"{{{SOAP}}}Header")
    return "Header" if is_header else str(element.tag)


def check_digest(root, signature, reference):
    target = by_id(root, reference.get("URI", ""))
    steps = reference.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    for step in steps:
        check_algorithm(step, [EXCLUSIVE, f"{DS}enveloped-signature"])
    check_algorithm(reference.find(f"{{{DS}}}DigestMethod"), [DIGEST])
    octets = canonical(target, prefixes_of(steps[-1]), signature if len(steps) > 1 else None)
    return name_of(root, target), streebog(octets) == text(reference.find(f"{{{DS}}}DigestValue"))


def check_value(signature, certificate):
    signed_info = signature.find(f"{{{DS}}}SignedInfo")
    method = signed_info.find(f"{{{DS}}}CanonicalizationMethod")
    check_algorithm(method, [EXCLUSIVE])
    check_algorithm(signed_info.find(f"{{{DS}}}SignatureMethod"), [SIGNATURE])
    value = text(signature.find(f"{{{DS}}}SignatureValue"))
    if len(value) != 64:
        raise Refused("a value of another length")
    curve, key = public_key(certificate)
    return curve.verify(key, number(canonical(signed_info, prefixes_of(method))), bytearray(value[32:] + value[:32]))


def judge(root, security, trusted):
    verdict = {"actor": ACTORS.get(security.get(f"{{{SOAP}}}actor")), "covers": [], "digests": False, "value": False}
    try:
        signature = one(security.findall(f"{{{DS}}}Signature"), "signatures in a block")
        token = signature.find(f"{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference").get("URI")
        certificate = text(by_id(root, token))
        verdict["certificate"] = next((name for name, known in trusted.items() if known == certificate), None)
        references = [
            check_digest(root, signature, reference)
            for reference in signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
        ]
        verdict["covers"] = sorted(name for name, _ in references)
        verdict["digests"] = all(holds for _, holds in references)
        verdict["value"] = check_value(signature, certificate)
    except (Refused, AttributeError, KeyError, IndexError, ValueError) as problem:
        verdict["problem"] = f"{type(problem).__name__}: {problem}"
    verdict["holds"] = bool(verdict["digests"] and verdict["value"] and verdict.get("certificate"))
    return verdict


def verify(message, certificates):
    trusted = {Path(name).name: pem(name, "CERTIFICATE") for name in certificates}
    root = parse(message)
    blocks = root.findall(f"{{{SOAP}}}Header/{{{WSSE}}}Security")
    return [judge(root, security, trusted) for security in blocks]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "sign", "verify"])
    parser.add_argument("--key")
    parser.add_argument("--certificate", action="append", default=[])
    words = parser.parse_args()
    if words.what == "check":
        print(f"lxml {etree.LXML_VERSION}, libxml2 {etree.LIBXML_VERSION}, gostcrypto {gostcrypto.__file__}")
        return 0
    message = sys.stdin.buffer.read()
    if words.what == "sign":
        sys.stdout.buffer.write(sign(message, words.key, pem(words.certificate[0], "CERTIFICATE")))
        return 0
    try:
        verdicts = verify(message, words.certificate)
    except (Refused, etree.XMLSyntaxError) as problem:
        verdicts = [{"holds": False, "problem": str(problem)}]
    print(json.dumps(verdicts, ensure_ascii=False))
    return 0 if verdicts and all(verdict["holds"] for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

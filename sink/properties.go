package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// ParseProperties reads where Kafka is, and how to connect to it, from Kafka's own
// properties. Errors name them behind a prefix, without their values where these are
// secret; the error lists everything that is wrong.
func ParseProperties(prefix string, props map[string]string) (Config, error) {
	k := propertyParser{prefix: prefix, props: props}
	for _, name := range slices.Sorted(maps.Keys(props)) {
		set, ok := properties[name]
		if !ok {
			k.fail(name, " is not known")
			continue
		}
		set(&k, props[name])
	}
	k.security()
	return k.config, errors.Join(k.errs...)
}

type propertyParser struct {
	prefix string
	props  map[string]string
	config Config
	tls    tls.Config
	errs   []error
}

func (k *propertyParser) fail(name, format string, args ...any) {
	k.errs = append(k.errs, fmt.Errorf("%s%s"+format, append([]any{k.prefix, name}, args...)...))
}

// properties are the names that are known. Those of the security protocol are read
// together, by security.
var properties = map[string]func(*propertyParser, string){
	"bootstrap.servers": func(k *propertyParser, v string) {
		for address := range strings.SplitSeq(v, ",") {
			k.config.Brokers = append(k.config.Brokers, strings.TrimSpace(address))
		}
	},
	"client.id":                             func(k *propertyParser, v string) { k.config.ClientID = v },
	"security.protocol":                     func(*propertyParser, string) {},
	"sasl.mechanism":                        func(k *propertyParser, v string) { k.config.SASL.Mechanism = v },
	"sasl.jaas.config":                      (*propertyParser).jaas,
	"ssl.truststore.location":               (*propertyParser).trust,
	"ssl.keystore.location":                 (*propertyParser).identity,
	"ssl.endpoint.identification.algorithm": (*propertyParser).identification,
}

// security puts together what the protocol asks for.
func (k *propertyParser) security() {
	protocol := strings.ToUpper(k.props["security.protocol"])
	switch protocol {
	case "", "PLAINTEXT", "SASL_PLAINTEXT":
	case "SSL", "SASL_SSL":
		k.tls.MinVersion = tls.VersionTLS12
		k.config.TLS = &k.tls
	default:
		k.fail("security.protocol", " %q: want PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", protocol)
	}
	if !strings.HasPrefix(protocol, "SASL_") {
		k.config.SASL = SASL{}
	} else if k.config.SASL.User == "" {
		k.fail("security.protocol", "=%s needs sasl.mechanism and sasl.jaas.config", protocol)
	}
}

var jaasField = regexp.MustCompile(`(username|password)\s*=\s*"((?:[^"\\]|\\.)*)"`)

// jaas reads username and password out of Kafka's login module line. The
// password may be a reference, ${env:NAME}.
func (k *propertyParser) jaas(v string) {
	for _, m := range jaasField.FindAllStringSubmatch(v, -1) {
		value := strings.ReplaceAll(m[2], `\"`, `"`)
		if name, ok := strings.CutPrefix(value, "${env:"); ok {
			value = os.Getenv(strings.TrimSuffix(name, "}"))
		}
		if m[1] == "username" {
			k.config.SASL.User = value
		} else {
			k.config.SASL.Password = value
		}
	}
	if k.config.SASL.User == "" {
		k.fail("sasl.jaas.config", `: want … required username="…" password="…";`)
	}
}

func (k *propertyParser) trust(path string) {
	pem, err := os.ReadFile(path)
	if err != nil {
		k.fail("ssl.truststore.location", ": %w", err)
		return
	}
	k.tls.RootCAs = x509.NewCertPool()
	if !k.tls.RootCAs.AppendCertsFromPEM(pem) {
		k.fail("ssl.truststore.location", ": %s is not a PEM file of certificates", path)
	}
}

func (k *propertyParser) identity(path string) {
	cert, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		k.fail("ssl.keystore.location", ": want a PEM file of our certificate and its key: %w", err)
		return
	}
	k.tls.Certificates = []tls.Certificate{cert}
}

// identification turns the check of the broker's name off, as Kafka does for an
// empty value.
func (k *propertyParser) identification(v string) {
	switch v {
	case "https":
	case "":
		k.fail("ssl.endpoint.identification.algorithm", ": turning the check of the broker's name off is not supported; give the broker a certificate with its name")
	default:
		k.fail("ssl.endpoint.identification.algorithm", " %q: want https", v)
	}
}

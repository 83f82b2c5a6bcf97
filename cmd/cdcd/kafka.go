package main

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

	"go.uber.org/zap"

	"cdcd/sink"
)

// kafkaConfig reads the kafka section of cdcd.yaml, which has Kafka's own
// property names. The error lists everything that is wrong.
func kafkaConfig(props map[string]string, log *zap.Logger) (sink.Config, error) {
	k := kafkaParser{props: props, config: sink.Config{Logger: log}}
	for _, name := range slices.Sorted(maps.Keys(props)) {
		set, ok := kafkaProperties[name]
		if !ok {
			k.fail("kafka.%s is not known", name)
			continue
		}
		set(&k, props[name])
	}
	k.security()
	return k.config, errors.Join(k.errs...)
}

type kafkaParser struct {
	props  map[string]string
	config sink.Config
	tls    tls.Config
	errs   []error
}

func (k *kafkaParser) fail(format string, args ...any) {
	k.errs = append(k.errs, fmt.Errorf(format, args...))
}

// kafkaProperties are the names that the section may hold. Those of the
// security protocol are read together, by security.
var kafkaProperties = map[string]func(*kafkaParser, string){
	"bootstrap.servers": func(k *kafkaParser, v string) {
		for address := range strings.SplitSeq(v, ",") {
			k.config.Brokers = append(k.config.Brokers, strings.TrimSpace(address))
		}
	},
	"client.id":                             func(k *kafkaParser, v string) { k.config.ClientID = v },
	"security.protocol":                     func(*kafkaParser, string) {},
	"sasl.mechanism":                        func(k *kafkaParser, v string) { k.config.SASL.Mechanism = v },
	"sasl.jaas.config":                      (*kafkaParser).jaas,
	"ssl.truststore.location":               (*kafkaParser).trust,
	"ssl.keystore.location":                 (*kafkaParser).identity,
	"ssl.endpoint.identification.algorithm": (*kafkaParser).identification,
}

// security puts together what the protocol asks for.
func (k *kafkaParser) security() {
	protocol := strings.ToUpper(k.props["security.protocol"])
	switch protocol {
	case "", "PLAINTEXT", "SASL_PLAINTEXT":
	case "SSL", "SASL_SSL":
		k.tls.MinVersion = tls.VersionTLS12
		k.config.TLS = &k.tls
	default:
		k.fail("kafka.security.protocol %q: want PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", protocol)
	}
	if !strings.HasPrefix(protocol, "SASL_") {
		k.config.SASL = sink.SASL{}
	} else if k.config.SASL.User == "" {
		k.fail("kafka.security.protocol=%s needs sasl.mechanism and sasl.jaas.config", protocol)
	}
}

var jaasField = regexp.MustCompile(`(username|password)\s*=\s*"((?:[^"\\]|\\.)*)"`)

// jaas reads username and password out of Kafka's login module line. The
// password may be a reference, ${env:NAME}.
func (k *kafkaParser) jaas(v string) {
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
		k.fail(`kafka.sasl.jaas.config: want … required username="…" password="…";`)
	}
}

func (k *kafkaParser) trust(path string) {
	pem, err := os.ReadFile(path)
	if err != nil {
		k.fail("kafka.ssl.truststore.location: %w", err)
		return
	}
	k.tls.RootCAs = x509.NewCertPool()
	if !k.tls.RootCAs.AppendCertsFromPEM(pem) {
		k.fail("kafka.ssl.truststore.location: %s is not a PEM file of certificates", path)
	}
}

func (k *kafkaParser) identity(path string) {
	cert, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		k.fail("kafka.ssl.keystore.location: want a PEM file of our certificate and its key: %w", err)
		return
	}
	k.tls.Certificates = []tls.Certificate{cert}
}

// identification turns the check of the broker's name off, as Kafka does for an
// empty value.
func (k *kafkaParser) identification(v string) {
	switch v {
	case "https":
	case "":
		k.fail("kafka.ssl.endpoint.identification.algorithm: turning the check of the broker's name off is not supported; give the broker a certificate with its name")
	default:
		k.fail("kafka.ssl.endpoint.identification.algorithm %q: want https", v)
	}
}

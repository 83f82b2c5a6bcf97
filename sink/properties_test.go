package sink

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseProperties(t *testing.T) {
	t.Setenv("CDCD_TEST_SECRET", "from outside")
	c, err := ParseProperties("kafka.", map[string]string{
		"bootstrap.servers": "a:1, b:2", "client.id": "me", "security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN",
		"sasl.jaas.config":                      `x required username="u\"1" password="${env:CDCD_TEST_SECRET}";`,
		"ssl.endpoint.identification.algorithm": "https",
	})
	if err != nil || !slices.Equal(c.Brokers, []string{"a:1", "b:2"}) || c.ClientID != "me" || c.TLS == nil || c.SASL != (SASL{"PLAIN", `u"1`, "from outside"}) {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := ParseProperties("", map[string]string{"sasl.mechanism": "PLAIN"}); err != nil || c.TLS != nil || c.SASL != (SASL{}) {
		t.Errorf("without a protocol: %+v, %v", c, err)
	}
}

func TestParseProperties_Refuses(t *testing.T) {
	rubbish := filepath.Join(t.TempDir(), "rubbish.pem")
	if err := os.WriteFile(rubbish, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(name, value, want string) {
		t.Helper()
		_, err := ParseProperties("signal.consumer.", map[string]string{name: value})
		if err == nil || !strings.HasPrefix(err.Error(), "signal.consumer."+name) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s=%s: %v, want %s", name, value, err, want)
		}
	}
	f("isolation.level%d", "x", "is not known")
	f("security.protocol", "TLS", `"TLS": want PLAINTEXT`)
	f("security.protocol", "SASL_PLAINTEXT", "needs sasl.mechanism and sasl.jaas.config")
	f("sasl.jaas.config", `password="s3cret"`, "required username")
	f("ssl.truststore.location", rubbish, "is not a PEM file of certificates")
	f("ssl.truststore.location", rubbish+".none", "no such file")
	f("ssl.keystore.location", rubbish, "want a PEM file of our certificate and its key")
	f("ssl.endpoint.identification.algorithm", "", "turning the check")
	f("ssl.endpoint.identification.algorithm", "http", `"http": want https`)
}

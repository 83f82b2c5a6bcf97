package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// TLS says where the certificates of a node are: PEM files, which are read
// again when they change. The zero value is to talk in the clear.
type TLS struct {
	CA   string // who signs the nodes' certificates; nobody else that the system trusts is asked
	Cert string // of this node, for server and client: a SAN is its id, or the host of its address
	Key  string // of Cert
}

// look is how often, at most, the files are looked at.
const look = time.Second

// stamp tells one version of a file from another. It is zero for a file that
// is not there.
type stamp struct{ modified, size int64 }

// stamps are the versions of the three files.
func (t TLS) stamps() (s [3]stamp) {
	for i, path := range []string{t.CA, t.Cert, t.Key} {
		if info, err := os.Stat(path); err == nil {
			s[i] = stamp{info.ModTime().UnixNano(), info.Size()}
		}
	}
	return s
}

// read loads the three files. The error names the file that is bad, and never
// holds what is in it.
func (t TLS) read() (*keys, error) {
	var pem [3][]byte
	for i, path := range []string{t.CA, t.Cert, t.Key} {
		if path == "" {
			return nil, errors.New("the files of the CA, of the certificate and of the key must all be named")
		}
		var err error
		if pem[i], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	k := &keys{files: t, roots: x509.NewCertPool()}
	if !k.roots.AppendCertsFromPEM(pem[0]) {
		return nil, fmt.Errorf("%s holds no certificate", t.CA)
	}
	var err error
	if k.pair, err = tls.X509KeyPair(pem[1], pem[2]); err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	return k, nil
}

// keys are the contents of the files. They do not change.
type keys struct {
	files TLS
	roots *x509.CertPool
	pair  tls.Certificate
}

// own returns the chain of this node's certificate.
func (k *keys) own() ([]*x509.Certificate, error) {
	chain := []*x509.Certificate{k.pair.Leaf}
	for _, der := range k.pair.Certificate[1:] {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.files.Cert, err)
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

// verify says whether the first certificate of a chain is signed by the CA,
// valid now and meant for the usage.
func (k *keys) verify(chain []*x509.Certificate, usage x509.ExtKeyUsage) error {
	if len(chain) == 0 {
		return errors.New("there is no certificate")
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: k.roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{usage}})
	if err != nil {
		return fmt.Errorf("the certificate of %s, signed by %q, against the CA in %s: %w", names(chain[0]), chain[0].Issuer, k.files.CA, err)
	}
	return nil
}

// config is for one handshake, as either side. The other side's certificate
// must be signed by the CA for the usage, and please the check.
//
// The standard library would verify the chain as well, but against one name. A
// node's certificate is good for its id or for its host, so the verification
// that is switched off is done here, for server and client alike.
func (k *keys) config(usage x509.ExtKeyUsage, check func(*x509.Certificate) error) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		Certificates:       []tls.Certificate{k.pair},
		ClientAuth:         tls.RequireAnyClientCert,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies, see above
		VerifyConnection: func(s tls.ConnectionState) error {
			if err := k.verify(s.PeerCertificates, usage); err != nil {
				return fmt.Errorf("%w: %w", ErrCertificate, err)
			}
			return check(s.PeerCertificates[0])
		},
		// A resumed session would outlive the files that it was opened with.
		SessionTicketsDisabled: true,
	}
}

// names are what a certificate is for, in words.
func names(cert *x509.Certificate) string {
	all := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "nobody (it has no SAN)"
	}
	return strings.Join(all, ", ")
}

// checkNode says whether a certificate is for the node at an address, which is
// "" if it is not known.
func checkNode(cert *x509.Certificate, node, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = "" // the id decides
	}
	if isFor(cert, node, host) {
		return nil
	}
	return fmt.Errorf("%w: it is for %s, and not for node %s or its host %q", ErrCertificate, names(cert), node, host)
}

// isFor tells whether a certificate is a node's: a DNS SAN is its id, or a SAN
// is the host of its address ("" for not known). Names are compared as a whole,
// without wildcards: what is good for all hosts of a domain tells no node from
// another. Neither does a host that nodes share.
func isFor(cert *x509.Certificate, node, host string) bool {
	if slices.Contains(cert.DNSNames, node) {
		return true
	}
	if ip := net.ParseIP(host); ip != nil {
		return slices.ContainsFunc(cert.IPAddresses, ip.Equal)
	}
	return host != "" && slices.ContainsFunc(cert.DNSNames, func(name string) bool { return strings.EqualFold(name, host) })
}

// credentials are the keys of a node as its files hold them. The methods may be
// called concurrently.
type credentials struct {
	files  TLS
	check  func(*x509.Certificate) error // whether it is this node's
	logger *zap.Logger
	every  time.Duration // see look

	mu      sync.Mutex // guards what follows
	looked  time.Time
	stamps  [3]stamp
	broken  bool  // what the stamps are of
	current *keys // the last that were good
}

// openCredentials reads the files. The error, an ErrCertificate, says which of
// them is bad and why.
func openCredentials(files TLS, check func(*x509.Certificate) error, l *zap.Logger) (*credentials, error) {
	c := &credentials{files: files, check: check, logger: l, every: look, looked: time.Now(), stamps: files.stamps()}
	var err error
	if c.current, err = c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// read reads the files and checks that others will accept this node with them.
func (c *credentials) read() (*keys, error) {
	k, err := c.files.read()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	chain, err := k.own()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if err := k.verify(chain, x509.ExtKeyUsageServerAuth); err != nil {
		return nil, fmt.Errorf("%w: %s as a server's: %w", ErrCertificate, c.files.Cert, err)
	}
	if err := k.verify(chain, x509.ExtKeyUsageClientAuth); err != nil {
		return nil, fmt.Errorf("%w: %s as a client's: %w", ErrCertificate, c.files.Cert, err)
	}
	if err := c.check(k.pair.Leaf); err != nil {
		return nil, fmt.Errorf("%s: %w", c.files.Cert, err)
	}
	return k, nil
}

// now returns the keys to use. Files that changed are read again; while they
// are bad, the keys before stay in use.
func (c *credentials) now() *keys {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < c.every {
		return c.current
	}
	c.looked = time.Now()
	// The stamps are from before the reading: what is written meanwhile has others.
	stamps := c.files.stamps()
	if changed := stamps != c.stamps; changed || c.broken {
		c.stamps = stamps
		c.reloadLocked(changed)
	}
	return c.current
}

// reloadLocked reads the files again. They may be bad because the three are not
// written at once, or because they are not valid yet: only news is logged.
func (c *credentials) reloadLocked(news bool) {
	k, err := c.read()
	if err == nil {
		c.current, c.broken = k, false
		c.logger.Info("the certificates were read again", zap.String("cert", c.files.Cert), zap.Time("valid_until", k.pair.Leaf.NotAfter))
		return
	}
	c.broken = true
	if news {
		c.logger.Warn("the new certificates are bad, the old ones stay in use", zap.Error(err))
	}
}

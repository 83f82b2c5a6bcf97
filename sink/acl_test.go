package sink

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/sink/format"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// authorizing is a real broker with ACLs, which let everybody do everything until
// a test forbids something, and which bounds transactions to a minute.
func authorizing(t *testing.T, version int) *kafkatest.Cluster {
	t.Helper()
	c := kafkatest.Start(t, kafkatest.Config{TransactionVersion: version, Properties: map[string]string{
		"authorizer.class.name":          "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"allow.everyone.if.no.acl.found": "true",
		"transaction.max.timeout.ms":     "60000",
		"early.start.listeners":          "CONTROLLER",
	}})
	for _, kind := range []kmsg.ACLResourceType{kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeTransactionalId, kmsg.ACLResourceTypeGroup, kmsg.ACLResourceTypeCluster} {
		name := "*"
		if kind == kmsg.ACLResourceTypeCluster {
			name = "kafka-cluster"
		}
		setACL(t, c, kind, name, kmsg.ACLOperationAll, kmsg.ACLPermissionTypeAllow)
	}
	setACL(t, c, kmsg.ACLResourceTypeCluster, "kafka-cluster", kmsg.ACLOperationCreate, kmsg.ACLPermissionTypeDeny) // it would do for any topic
	return c
}

// setACL lets everybody do something, or forbids it, and returns when that counts.
func setACL(t *testing.T, c *kafkatest.Cluster, kind kmsg.ACLResourceType, name string, op kmsg.ACLOperation, permission kmsg.ACLPermissionType) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrCreateACLsRequest()
	acl := kmsg.NewCreateACLsRequestCreation()
	acl.ResourceType, acl.ResourceName, acl.ResourcePatternType = kind, name, kmsg.ACLResourcePatternTypeLiteral
	acl.Principal, acl.Host, acl.Operation, acl.PermissionType = "User:*", "*", op, permission
	req.Creations = append(req.Creations, acl)
	resp, err := req.RequestWith(t.Context(), cl)
	if err != nil || resp.Results[0].ErrorCode != 0 {
		t.Fatalf("set an ACL: %v, %+v", err, resp)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all, err := kadm.NewClient(cl).DescribeACLs(t.Context(), kadm.NewACLs().AnyResource(name).Allow("User:*").AllowHosts("*").
			Deny("User:*").DenyHosts("*").Operations(op).ResourcePatternType(kmsg.ACLResourcePatternTypeLiteral))
		if err == nil && len(all) > 0 {
			time.Sleep(100 * time.Millisecond)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the ACL does not count: %v", err)
		}
	}
}

// TestRights takes each right away that the sinks need: the connector ends with a
// message that names it.
func TestRights(t *testing.T) {
	for version := 1; version <= 2; version++ {
		t.Run("tv="+itoa(version), func(t *testing.T) { checkRights(t, authorizing(t, version)) })
	}
}

func checkRights(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	n := 0
	f := func(what string, kind kmsg.ACLResourceType, op kmsg.ACLOperation, want string) {
		t.Helper()
		n++
		connector := fmt.Sprintf("rights%d", n)
		topic := &format.Topic{Name: connector + ".orders"}
		names := map[string]string{"id": "cdcd-test-" + connector, "state": StateTopic(connector), "data": topic.Name, "new": topic.Name}
		if what != "new" && what != "state" {
			c.CreateTopic(t, topic.Name, 1, nil)
		}
		if op == kmsg.ACLOperationRead { // an empty topic is not read
			if err := writeOnce(t, c, connector, topic, 0); err != nil {
				t.Fatal(err)
			}
		}
		setACL(t, c, kind, names[what], op, kmsg.ACLPermissionTypeDeny)
		err := writeOnce(t, c, connector, topic, 0)
		want = strings.NewReplacer("$id", names["id"], "$state", names["state"], "$data", names["data"]).Replace(want)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %v on %s: %v; want %q in it", op, names[what], err, want)
		}
	}
	topic, id := kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeTransactionalId
	f("id", id, kmsg.ACLOperationWrite, "the principal needs the ACLs Write and Describe on this transactional id")
	f("id", id, kmsg.ACLOperationDescribe, "the principal needs the ACLs Write and Describe on this transactional id")
	f("state", topic, kmsg.ACLOperationCreate, "the principal needs the ACL Create on topic $state")
	f("state", topic, kmsg.ACLOperationDescribe, "the principal needs the ACL Describe on topic $state")
	f("state", topic, kmsg.ACLOperationRead, "the principal needs the ACL Read on topic $state")
	f("state", topic, kmsg.ACLOperationWrite, "the principal needs the ACL Write on topic $state")
	f("new", topic, kmsg.ACLOperationCreate, "the principal needs the ACL Create on topic $data")
	f("data", topic, kmsg.ACLOperationDescribe, "the principal needs the ACL Describe on topic $data")
	f("data", topic, kmsg.ACLOperationWrite, "the principal needs the ACL Write on topic $data")

	err := writeOnce(t, c, "patient", unique(t), 2*time.Minute)
	if err == nil || !strings.Contains(err.Error(), "transaction.max.timeout.ms of the brokers") || !strings.Contains(err.Error(), "producer.override.transaction.timeout.ms") {
		t.Errorf("a timeout that the broker does not allow: %v", err)
	}
	setACL(t, c, kmsg.ACLResourceTypeCluster, "kafka-cluster", kmsg.ACLOperationIdempotentWrite, kmsg.ACLPermissionTypeDeny)
	setACL(t, c, topic, "*", kmsg.ACLOperationWrite, kmsg.ACLPermissionTypeDeny)
	_, err = Open(t.Context(), Config{Brokers: c.Brokers()})
	if err == nil || !strings.Contains(err.Error(), "the principal needs the ACL IdempotentWrite on the cluster") {
		t.Errorf("without IdempotentWrite: %v", err)
	}
}

// writeOnce is a session of a connector that writes one transaction.
func writeOnce(t *testing.T, c *kafkatest.Cluster, connector string, topic *format.Topic, timeout time.Duration) error {
	t.Helper()
	cfg := txnConfig(t, c.Brokers())
	cfg.Connector, cfg.Timeout = connector, timeout
	x, err := OpenTransactional(t.Context(), cfg)
	if err != nil {
		return err
	}
	defer func() { _ = x.Close() }()
	if err := x.Takeover(t.Context(), &raft{}); err != nil {
		return err
	}
	if err := transact(t.Context(), x, topic, 0, 1); err != nil {
		return err
	}
	return x.Flush(t.Context())
}

// Command loadgen drives a Kubernetes API server with client-go, as operators and controllers do, and prints a line of JSON
// for each row it measured: how many a second, latencies, and the processor time that the server's processes took.
//
//	loadgen -kubeconfig FILE -server apiserver=PID,etcd=PID [-format json] verbs|schedule|services
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

var (
	kubeconfig = flag.String("kubeconfig", "", "access to the server under test")
	format     = flag.String("format", "protobuf", "what is sent and accepted: protobuf or json")
	server     = flag.String("server", "", "name=pid of each process whose processor time counts, by comma")
	clients    = flag.Int("clients", 16, "requests at the same time")
	objects    = flag.Int("objects", 2000, "objects a row")
	lists      = flag.Int("lists", 40, "lists a row")
	watches    = flag.Int("watches", 50, "watches of the fan-out")
	changes    = flag.Int("changes", 500, "changes that each watch of the fan-out is told of")
	nodes      = flag.Int("nodes", 1000, "nodes to schedule to")
	rows       = flag.String("rows", "", "of verbs only these, by comma")
	limit      = flag.Duration("limit", 8*time.Minute, "longest time of the whole run")
)

// load is one run: a client, a namespace of its own, and the server's processes.
type load struct {
	context   context.Context
	client    kubernetes.Interface
	namespace string
	processes []process
}

var parts = map[string]func(*load) error{"verbs": (*load).verbs, "schedule": (*load).schedule, "services": (*load).services}

func main() {
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	if err := run(ctx, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		cancel()
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	part, known := parts[name]
	if !known {
		return fmt.Errorf("unknown part %q", name)
	}
	client, err := connect()
	if err != nil {
		return err
	}
	processes, err := parseProcesses(*server)
	if err != nil {
		return err
	}
	l := &load{context: ctx, client: client, namespace: fmt.Sprintf("load-%s-%s-%d", name, *format, time.Now().UnixMilli()), processes: processes}
	if err := l.makeNamespace(); err != nil {
		return err
	}
	if name == "verbs" {
		if err := l.warmUp(); err != nil {
			return fmt.Errorf("warming up: %w", err)
		}
	}
	if err := part(l); err != nil {
		return err
	}
	return client.CoreV1().Namespaces().Delete(ctx, l.namespace, metav1.DeleteOptions{})
}

// connect makes a client without limits of its own.
func connect() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	config.UserAgent = "naru-loadgen"
	switch *format {
	case "json":
		config.ContentType, config.AcceptContentTypes = "application/json", "application/json"
	case "protobuf":
		config.ContentType = "application/vnd.kubernetes.protobuf"
		config.AcceptContentTypes = strings.Join([]string{config.ContentType, "application/json"}, ",")
	default:
		return nil, fmt.Errorf("unknown format %q", *format)
	}
	return kubernetes.NewForConfig(config)
}

// makeNamespace returns once pods can be made in it: their service account must exist.
func (l *load) makeNamespace() error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: l.namespace}}
	if _, err := l.client.CoreV1().Namespaces().Create(l.context, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	for {
		_, err := l.client.CoreV1().ServiceAccounts(l.namespace).Get(l.context, "default", metav1.GetOptions{})
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-l.context.Done():
			return fmt.Errorf("no service account came: %w", err)
		}
	}
}

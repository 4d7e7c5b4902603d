package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

const warmUpObjects = 1000

var patch = []byte(`{"metadata":{"annotations":{"example.com/revision":"7"}}}`)

// verbs measures what clients do to pods that no scheduler looks at, and how changes reach watches.
func (l *load) verbs() error {
	pods := l.client.CoreV1().Pods(l.namespace)
	name := func(i int) string { return fmt.Sprintf("web-%05d", i) }
	table := []struct {
		name  string
		count int
		do    func(i int) error
	}{
		{"create", *objects, func(i int) error {
			_, err := pods.Create(l.context, pod(name(i), "nobody"), metav1.CreateOptions{})
			return err
		}},
		{"get", *objects, func(i int) error {
			_, err := pods.Get(l.context, name(i), metav1.GetOptions{})
			return err
		}},
		{"patch", *objects, func(i int) error {
			_, err := pods.Patch(l.context, name(i), types.StrategicMergePatchType, patch, metav1.PatchOptions{})
			return err
		}},
		{"list", *lists, l.listAll("")},
		{"list-cached", *lists, l.listAll("0")},
	}
	for _, r := range table {
		if r.name != "create" && !wanted(r.name) {
			continue
		}
		if err := l.all(r.name, r.count, r.do); err != nil {
			return err
		}
	}
	if wanted("fan-out") {
		if err := l.fanOut(); err != nil {
			return err
		}
	}
	return l.all("delete", *objects, func(i int) error { return pods.Delete(l.context, name(i), metav1.DeleteOptions{}) })
}

// warmUp does each thing some hundred times before anything is measured: a server runs for days, not for its first two seconds.
func (l *load) warmUp() error {
	pods := l.client.CoreV1().Pods(l.namespace)
	return inParallel(*clients, warmUpObjects, func(i int) error {
		name := fmt.Sprintf("early-%05d", i)
		if _, err := pods.Create(l.context, pod(name, "nobody"), metav1.CreateOptions{}); err != nil {
			return err
		}
		if _, err := pods.Get(l.context, name, metav1.GetOptions{}); err != nil {
			return err
		}
		if _, err := pods.Patch(l.context, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
		return pods.Delete(l.context, name, metav1.DeleteOptions{})
	})
}

// wanted says whether the row was asked for. Pods are created and deleted always.
func wanted(name string) bool {
	return *rows == "" || slices.Contains(strings.Split(*rows, ","), name)
}

// listAll lists every pod: the newest state for an empty resource version, what the server has in memory for "0".
func (l *load) listAll(resourceVersion string) func(int) error {
	return func(int) error {
		list, err := l.client.CoreV1().Pods(l.namespace).List(l.context, metav1.ListOptions{ResourceVersion: resourceVersion})
		if err == nil && len(list.Items) != *objects {
			err = fmt.Errorf("%d pods instead of %d", len(list.Items), *objects)
		}
		return err
	}
}

// fanOut counts events delivered over all watches, from the first change until every watch was told of the last.
func (l *load) fanOut() error {
	maps := l.client.CoreV1().ConfigMaps(l.namespace)
	list, err := maps.List(l.context, metav1.ListOptions{})
	if err != nil {
		return err
	}
	opened := make([]watch.Interface, *watches)
	for i := range opened {
		if opened[i], err = maps.Watch(l.context, metav1.ListOptions{ResourceVersion: list.ResourceVersion}); err != nil {
			return err
		}
		defer opened[i].Stop()
	}
	return l.timed(row{Row: "fan-out", Count: *watches * *changes}, nil, func() error {
		var told sync.WaitGroup
		short := make(chan error, len(opened))
		for _, w := range opened {
			told.Go(func() {
				for n := range *changes {
					if _, open := <-w.ResultChan(); !open {
						short <- fmt.Errorf("a watch ended after %d changes", n)
						return
					}
				}
			})
		}
		err := inParallel(8, *changes, func(i int) error {
			change := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("change-%04d", i)}, Data: map[string]string{"key": "value"}}
			_, err := maps.Create(l.context, change, metav1.CreateOptions{})
			return err
		})
		if err != nil {
			return err
		}
		told.Wait()
		select {
		case err = <-short:
		default:
		}
		return err
	})
}

// pod is of the size that pods of a Deployment have: 1 to 2 kB.
func pod(name, scheduler string) *corev1.Pod {
	var grace int64
	container := corev1.Container{
		Name: "web", Image: "registry.example.com/team/web:1.27.3", Args: []string{"serve", "--listen=:8080"},
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("1m"), corev1.ResourceMemory: resource.MustParse("1Mi")}},
	}
	for _, key := range []string{"DATABASE_HOST", "DATABASE_PORT", "CACHE_HOST", "LOG_LEVEL", "REGION", "QUEUE_NAME", "FEATURE_FLAGS", "TRACE_ENDPOINT"} {
		container.Env = append(container.Env, corev1.EnvVar{Name: key, Value: "a-value-of-usual-length"})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop", "tier": "front"}},
		Spec:       corev1.PodSpec{SchedulerName: scheduler, TerminationGracePeriodSeconds: &grace, Containers: []corev1.Container{container}},
	}
}

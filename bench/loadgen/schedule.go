package main

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

// Long enough for controllers to have seen the new nodes.
const nodesSettle = 3 * time.Second

// schedule measures pods from the first create until the last is bound to one of many nodes, which no agent serves.
func (l *load) schedule() error {
	if err := inParallel(*clients, *nodes, l.makeNode); err != nil {
		return err
	}
	time.Sleep(nodesSettle)
	pods := l.client.CoreV1().Pods(l.namespace)
	allBound, err := l.watchBindings()
	if err != nil {
		return err
	}
	err = l.timed(row{Row: "bind", Count: *objects}, nil, func() error {
		if err := inParallel(*clients, *objects, l.makeScheduledPod); err != nil {
			return err
		}
		select {
		case <-allBound:
			return nil
		case <-l.context.Done():
			return l.context.Err()
		}
	})
	if err != nil {
		return err
	}
	if err := inParallel(*clients, *objects, func(i int) error { return pods.Delete(l.context, podName(i), metav1.DeleteOptions{}) }); err != nil {
		return err
	}
	return inParallel(*clients, *nodes, func(i int) error {
		return l.client.CoreV1().Nodes().Delete(l.context, nodeName(i), metav1.DeleteOptions{})
	})
}

// watchBindings gives a channel that is closed once every pod is bound.
func (l *load) watchBindings() (<-chan struct{}, error) {
	allBound, bound := make(chan struct{}), map[string]bool{}
	see := func(object any) {
		pod := object.(*corev1.Pod)
		if pod.Spec.NodeName == "" || bound[pod.Name] {
			return
		}
		bound[pod.Name] = true
		if len(bound) == *objects {
			close(allBound)
		}
	}
	factory := informers.NewSharedInformerFactoryWithOptions(l.client, 0, informers.WithNamespace(l.namespace))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, now any) { see(now) }})
	if err != nil {
		return nil, err
	}
	factory.Start(l.context.Done())
	if !cache.WaitForCacheSync(l.context.Done(), informer.HasSynced) {
		return nil, l.context.Err()
	}
	return allBound, nil
}

func podName(i int) string  { return fmt.Sprintf("web-%05d", i) }
func nodeName(i int) string { return fmt.Sprintf("load-node-%05d", i) }

func (l *load) makeScheduledPod(i int) error {
	scheduled := pod(podName(i), "")
	scheduled.Spec.NodeSelector = map[string]string{"example.com/load": "yes"}
	// The node controllers taint nodes that nobody reports for.
	scheduled.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	_, err := l.client.CoreV1().Pods(l.namespace).Create(l.context, scheduled, metav1.CreateOptions{})
	return err
}

func (l *load) makeNode(i int) error {
	labels := map[string]string{"example.com/load": "yes", "kubernetes.io/hostname": nodeName(i), "topology.kubernetes.io/zone": fmt.Sprintf("zone-%d", i%3)}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName(i), Labels: labels}}
	if _, err := l.client.CoreV1().Nodes().Create(l.context, node, metav1.CreateOptions{}); err != nil {
		return err
	}
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("16"), corev1.ResourceMemory: resource.MustParse("64Gi"), corev1.ResourcePods: resource.MustParse("110")}
	now := metav1.Now()
	ready := corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: now, LastTransitionTime: now}
	// A patch, because controllers write to a new node too.
	patch, err := json.Marshal(map[string]any{"status": corev1.NodeStatus{Capacity: room, Allocatable: room, Conditions: []corev1.NodeCondition{ready}}})
	if err != nil {
		return err
	}
	_, err = l.client.CoreV1().Nodes().Patch(l.context, nodeName(i), types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

// services measures how fast Services get their addresses.
func (l *load) services() error {
	services := l.client.CoreV1().Services(l.namespace)
	return l.all("service", *objects, func(i int) error {
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("web-%05d", i)}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app.kubernetes.io/name": fmt.Sprintf("web-%05d", i)},
			Ports:    []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080)}},
		}}
		_, err := services.Create(l.context, service, metav1.CreateOptions{})
		return err
	})
}

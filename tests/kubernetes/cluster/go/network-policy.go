package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// Decides about the new connections that iptables rules hand to an NFQUEUE, by the cluster's NetworkPolicy objects.
func judgeNetworkPolicies() {
	flags := flag.NewFlagSet("network-policy", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "")
	node := flags.String("node", "", "")
	queue := flags.Int("queue", 100, "")
	klog.InitFlags(flags)
	_ = flags.Parse(os.Args[1:])
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		klog.Fatal(err)
	}
	informer := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(client, informer.Networking().V1().NetworkPolicies(), informer.Core().V1().Namespaces(),
		informer.Core().V1().Pods(), nil, nil, nil, nil, networkpolicy.Config{QueueID: *queue, NodeName: *node})
	if err != nil {
		klog.Fatal(err)
	}
	informer.Start(ctx.Done())
	if err := controller.Run(ctx); err != nil {
		klog.Fatal(err)
	}
}

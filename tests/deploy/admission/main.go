// SPDX-License-Identifier: Apache-2.0

// admission evaluates policies with Kubernetes' own admission plugins, as kube-apiserver does, limits of cost included.
// It reads {"tasks": [TASK...]} from standard input and writes one answer each:
//
//	{"policy": SPEC, "object": O, "old": O}  a ValidatingAdmissionPolicy: {"denied": MESSAGE}, "" where it passes
//	{"mutation": SPEC, "object": POD, "params": CONFIGMAP, "binding": SPEC}
//	                                         a MutatingAdmissionPolicy: {"object": POD}; without params they are missing
//	{"types": SPEC}                          Kubernetes' type checker: {"warnings": [TEXT...]}
//
// Where "old" is there, the object is updated, else created. Where a policy cannot be evaluated, {"error": TEXT}.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	v1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/initializer"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/apiserver/pkg/util/compatibility"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/discovery"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"

	"k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi/openapitest"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

type task struct {
	Policy   *v1.ValidatingAdmissionPolicySpec     `json:"policy"`
	Mutation *v1.MutatingAdmissionPolicySpec       `json:"mutation"`
	Types    *v1.ValidatingAdmissionPolicySpec     `json:"types"`
	Object   map[string]any                        `json:"object"`
	Old      map[string]any                        `json:"old"`
	Params   *corev1.ConfigMap                     `json:"params"`
	Binding  v1.MutatingAdmissionPolicyBindingSpec `json:"binding"`
}

type answer struct {
	Denied   string   `json:"denied"`
	Object   any      `json:"object,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Error    string   `json:"error,omitempty"`
}

const policyName = "launchsec"

// The resources of the kinds that policies are for.
var resources = map[string]schema.GroupVersionResource{
	"VirtualMachine":                   {Group: "kubevirt.io", Version: "v1", Resource: "virtualmachines"},
	"VirtualMachineInstance":           {Group: "kubevirt.io", Version: "v1", Resource: "virtualmachineinstances"},
	"VirtualMachineInstanceReplicaSet": {Group: "kubevirt.io", Version: "v1", Resource: "virtualmachineinstancereplicasets"},
	"VirtualMachinePool":               {Group: "pool.kubevirt.io", Version: "v1beta1", Resource: "virtualmachinepools"},
	"Pod":                              {Version: "v1", Resource: "pods"},
	"ConfigMap":                        {Version: "v1", Resource: "configmaps"},
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "admission:", err)
		os.Exit(1)
	}
}

func mapper() *meta.DefaultRESTMapper {
	mapper := meta.NewDefaultRESTMapper(nil)
	for kind, resource := range resources {
		mapper.AddSpecific(resource.GroupVersion().WithKind(kind), resource, resource, meta.RESTScopeNamespace)
	}
	return mapper
}

// cluster is a client whose cluster publishes its schemas.
type cluster struct{ kubernetes.Interface }

type published struct{ discovery.DiscoveryInterface }

func (c cluster) Discovery() discovery.DiscoveryInterface { return published{c.Interface.Discovery()} }

func (published) OpenAPIV3() openapi.Client { return openapitest.NewEmbeddedFileClient() }

// start connects a plugin with a cluster that has only `objects`.
func start(plugin admission.Interface, objects ...runtime.Object) {
	objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	stop := make(chan struct{})
	initializer.New(cluster{client}, dynamicfake.NewSimpleDynamicClient(scheme.Scheme), factory,
		authorizerfactory.NewAlwaysAllowAuthorizer(), utilfeature.DefaultFeatureGate,
		compatibility.DefaultBuildEffectiveVersion(), stop, mapper()).Initialize(plugin)
	check(plugin.(admission.InitializationValidator).ValidateInitialization())
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	if !plugin.(interface{ WaitForReady() bool }).WaitForReady() {
		check(fmt.Errorf("the plugin does not become ready"))
	}
	time.Sleep(200 * time.Millisecond) // until it has fetched the list of schemas
}

// withDefaults has what the API fills in, which the plugins rely on.
func withDefaults(match *v1.MatchResources) *v1.MatchResources {
	found := match.DeepCopy()
	policy := v1.Equivalent
	found.MatchPolicy = &policy
	if found.NamespaceSelector == nil {
		found.NamespaceSelector = &metav1.LabelSelector{}
	}
	if found.ObjectSelector == nil {
		found.ObjectSelector = &metav1.LabelSelector{}
	}
	for i := range found.ResourceRules {
		scope := v1.AllScopes
		found.ResourceRules[i].Scope = &scope
	}
	return found
}

// attributes describes the request that creates or updates an object.
func attributes(one, old runtime.Object, kind string) admission.Attributes {
	resource, known := resources[kind]
	if !known {
		check(fmt.Errorf("no resource for kind %q", kind))
	}
	operation := admission.Create
	var options runtime.Object = &metav1.CreateOptions{}
	if old != nil {
		operation = admission.Update
		options = &metav1.UpdateOptions{}
	}
	return admission.NewAttributesRecord(one, old, resource.GroupVersion().WithKind(kind), "default", "vm", resource, "",
		operation, options, false, &user.DefaultInfo{Name: "someone"})
}

func unstruct(fields map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: fields}
}

// plugins has one for each policy: tasks of the same policy follow each other.
type plugins struct {
	of         string
	validating *validating.Plugin
	mutating   *mutating.Plugin
}

func (p *plugins) validate(one *task) answer {
	key, err := json.Marshal(one.Policy)
	check(err)
	if p.of != string(key) {
		p.of = string(key)
		one.Policy.MatchConstraints = withDefaults(one.Policy.MatchConstraints)
		p.validating, err = validating.NewPlugin(nil)
		check(err)
		start(p.validating, &v1.ValidatingAdmissionPolicy{
			ObjectMeta: metav1.ObjectMeta{Name: policyName}, Spec: *one.Policy,
		}, &v1.ValidatingAdmissionPolicyBinding{
			ObjectMeta: metav1.ObjectMeta{Name: policyName},
			Spec: v1.ValidatingAdmissionPolicyBindingSpec{PolicyName: policyName,
				ValidationActions: []v1.ValidationAction{v1.Deny}},
		})
	}
	var old runtime.Object
	if one.Old != nil {
		old = unstruct(one.Old)
	}
	kind, _ := one.Object["kind"].(string)
	err = p.validating.Validate(context.Background(), attributes(unstruct(one.Object), old, kind),
		admission.NewObjectInterfacesFromScheme(scheme.Scheme))
	if err == nil {
		return answer{}
	}
	_, message, found := strings.Cut(err.Error(), "denied request: ")
	if !found || strings.HasPrefix(message, "expression '") || strings.HasPrefix(message, "failed to ") {
		return answer{Error: err.Error()}
	}
	return answer{Denied: message}
}

func (p *plugins) mutate(one *task) answer {
	key, err := json.Marshal([]any{one.Mutation, one.Params})
	check(err)
	if p.of != string(key) {
		p.of = string(key)
		one.Mutation.MatchConstraints = withDefaults(one.Mutation.MatchConstraints)
		one.Binding.PolicyName = policyName
		p.mutating, err = mutating.NewPlugin(nil)
		check(err)
		objects := []runtime.Object{&v1.MutatingAdmissionPolicy{
			ObjectMeta: metav1.ObjectMeta{Name: policyName}, Spec: *one.Mutation,
		}, &v1.MutatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: policyName}, Spec: one.Binding}}
		if one.Params != nil {
			objects = append(objects, one.Params)
		}
		start(p.mutating, objects...)
	}
	text, err := json.Marshal(one.Object)
	check(err)
	pod := &corev1.Pod{}
	check(json.Unmarshal(text, pod))
	if err := p.mutating.Admit(context.Background(), attributes(pod, nil, "Pod"),
		admission.NewObjectInterfacesFromScheme(scheme.Scheme)); err != nil {
		return answer{Error: err.Error()}
	}
	pod.APIVersion, pod.Kind = "v1", "Pod"
	return answer{Object: pod}
}

// crd is what KubeVirt's CRDs say of the fields that policies read (staging/src/kubevirt.io/api, controller-gen): the
// metadata of a template is any object.
func crd(kind string) *spec.Schema {
	object := func(properties map[string]spec.Schema) spec.Schema {
		return spec.Schema{SchemaProps: spec.SchemaProps{Type: []string{"object"}, Properties: properties}}
	}
	open := object(nil)
	open.Extensions = spec.Extensions{"x-kubernetes-preserve-unknown-fields": true}
	text := spec.Schema{SchemaProps: spec.SchemaProps{Type: []string{"string"}}}
	texts := spec.Schema{SchemaProps: spec.SchemaProps{Type: []string{"object"},
		AdditionalProperties: &spec.SchemaOrBool{Schema: &text}}}
	meta := object(map[string]spec.Schema{"annotations": texts, "labels": texts, "name": text,
		"deletionTimestamp": {SchemaProps: spec.SchemaProps{Type: []string{"string"}, Format: "date-time"}}})
	inner := object(map[string]spec.Schema{"domain": object(map[string]spec.Schema{"launchSecurity": object(
		map[string]spec.Schema{"sev": object(nil), "snp": object(nil), "tdx": object(nil)})})})
	template := object(map[string]spec.Schema{"metadata": open, "spec": inner})
	machine := object(map[string]spec.Schema{"template": template})
	own := machine
	switch kind {
	case "VirtualMachineInstance":
		own = inner
	case "VirtualMachinePool":
		own = object(map[string]spec.Schema{"virtualMachineTemplate": object(map[string]spec.Schema{
			"metadata": open, "spec": machine})})
	}
	all := object(map[string]spec.Schema{"apiVersion": text, "kind": text, "metadata": meta, "spec": own})
	return &all
}

type crds struct{}

func (crds) ResolveSchema(kind schema.GroupVersionKind) (*spec.Schema, error) {
	if _, known := resources[kind.Kind]; !known {
		return nil, resolver.ErrSchemaNotFound
	}
	return crd(kind.Kind), nil
}

func types(one *task) answer {
	checker := validating.TypeChecker{SchemaResolver: crds{}, RestMapper: mapper()}
	policy := &v1.ValidatingAdmissionPolicy{Spec: *one.Types}
	found := answer{}
	for _, warning := range checker.Check(policy) {
		found.Warnings = append(found.Warnings, warning.FieldRef+": "+warning.Warning)
	}
	return found
}

func main() {
	var request struct {
		Tasks []*task `json:"tasks"`
	}
	check(json.NewDecoder(os.Stdin).Decode(&request))
	running := &plugins{}
	answers := []answer{}
	for _, one := range request.Tasks {
		switch {
		case one.Policy != nil:
			answers = append(answers, running.validate(one))
		case one.Mutation != nil:
			answers = append(answers, running.mutate(one))
		default:
			answers = append(answers, types(one))
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}

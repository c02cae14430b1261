using System.Text;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>
/// The environment that a pod's container would have. Secrets that an operator makes by hand have the values that
/// docs/kubernetes.md writes; files of mounted secrets lie in a folder, and what names them names them there.
/// </summary>
internal sealed class PodEnvironment : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-pod-").FullName;
    private readonly Overlay _overlay;
    private readonly Dictionary<string, string> _variables = [];
    private readonly List<(string Folder, string Path)> _mounts = [];

    /// <summary>Works it out.</summary>
    public PodEnvironment(Overlay overlay, Workload workload)
    {
        _overlay = overlay;
        foreach (V1EnvFromSource source in workload.Container.EnvFrom ?? [])
        {
            V1ConfigMap map = overlay.All<V1ConfigMap>().Single(map => map.Metadata.Name == source.ConfigMapRef.Name);
            foreach ((string name, string value) in map.Data) _variables[name] = value;
        }

        foreach (V1EnvVar variable in workload.Container.Env ?? [])
            if (Value(variable, workload) is { } value) _variables[variable.Name] = value;
        foreach (V1VolumeMount mount in workload.Container.VolumeMounts ?? [])
            LayOut((workload.Pod.Spec.Volumes ?? []).SingleOrDefault(volume => volume.Name == mount.Name), mount);
    }

    /// <summary>Every variable.</summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    /// <summary>The settings among them, by their keys in configuration: "SupSup:Http:Address".</summary>
    public Dictionary<string, string?> Settings => _variables
        .Where(variable => variable.Key.StartsWith("SupSup__", StringComparison.OrdinalIgnoreCase))
        .ToDictionary(variable => variable.Key.Replace("__", ":", StringComparison.Ordinal), variable => (string?)variable.Value);

    /// <summary>A variable's value with mounted files named as they are in the pod.</summary>
    public string InThePod(string value) =>
        _mounts.Aggregate(value, (text, mount) => text.Replace(mount.Folder, mount.Path, StringComparison.Ordinal));

    /// <summary>Arguments with $(NAME) replaced, as a kubelet does.</summary>
    public IEnumerable<string> Expand(IEnumerable<string> arguments) =>
        arguments.Select(argument => _variables.Aggregate(
            argument, (text, variable) => text.Replace($"$({variable.Key})", variable.Value, StringComparison.Ordinal)));

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string? Value(V1EnvVar variable, Workload workload) => variable.ValueFrom switch
    {
        null => variable.Value,
        { FieldRef.FieldPath: "metadata.name" } => "supsup-silo-7c9d8b6f5d-x2x9k",
        { FieldRef.FieldPath: "status.podIP" } => "10.244.1.7",
        // The divisor is 1, and what is left counts as one more.
        { ResourceFieldRef: { Resource: "requests.cpu", Divisor: null } field } when field.ContainerName == workload.Container.Name =>
            $"{Math.Ceiling(workload.Container.Resources.Requests["cpu"].ToDecimal())}",
        { SecretKeyRef: { } key } => Secret(key.Name).TryGetValue(key.Key, out string? value) ? value
            : key.Optional == true ? null
            : throw new KeyNotFoundException($"{_overlay.Name}: secret {key.Name} has no {key.Key}, which {variable.Name} takes"),
        _ => throw new NotSupportedException($"the tests do not know where {variable.Name} comes from"),
    };

    // A secret's data; for one that is not rendered, what docs/kubernetes.md has the operator make.
    private Dictionary<string, string> Secret(string name)
    {
        V1Secret? rendered = _overlay.All<V1Secret>().SingleOrDefault(secret => secret.Metadata.Name == name);
        if (rendered is not null)
            return (rendered.StringData ?? new Dictionary<string, string>()).Concat((rendered.Data ?? new Dictionary<string, byte[]>())
                .Select(pair => KeyValuePair.Create(pair.Key, Encoding.UTF8.GetString(pair.Value)))).ToDictionary();
        return name switch
        {
            "supsup-connections" => new Dictionary<string, string> { ["redis"] = "redis.example.com:6380,password=secret,ssl=true" },
            "supsup-keys" => new Dictionary<string, string>
            {
                ["keys.json"] = $$"""{"keys": [{"name": "ops", "role": "admin", "hash": "sha256:{{new string('a', 64)}}"}]}""",
            },
            _ when _overlay.All<Certificate>().SingleOrDefault(certificate => certificate.Spec.SecretName == name) is { } certificate =>
                IssuedCertificate.Secret(certificate.Spec),
            _ => throw new KeyNotFoundException(
                $"{_overlay.Name}: secret {name} is neither rendered nor among those that docs/kubernetes.md has made"),
        };
    }

    private void LayOut(V1Volume? volume, V1VolumeMount mount)
    {
        if (volume?.Secret is not { } secret) return;
        string folder = Directory.CreateDirectory(Path.Combine(_folder, volume.Name)).FullName;
        _mounts.Add((folder, mount.MountPath));
        Dictionary<string, string> content = Secret(secret.SecretName);
        foreach ((string key, string path) in secret.Items?.Select(item => (item.Key, item.Path)) ?? content.Keys.Select(key => (key, key)))
            File.WriteAllText(Path.Combine(folder, path), content[key]);
        foreach ((string name, string value) in _variables.ToArray())
            if (value.StartsWith(mount.MountPath + "/", StringComparison.Ordinal))
                _variables[name] = folder + value[mount.MountPath.Length..];
    }
}

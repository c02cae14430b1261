using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>The Prometheus operator's PrometheusRule.</summary>
internal sealed class PrometheusRule : CustomObject<PrometheusRuleSpec>;

internal sealed class PrometheusRuleSpec
{
    [JsonPropertyName("groups")]
    public IList<PrometheusRuleGroup> Groups { get; set; } = [];
}

internal sealed class PrometheusRuleGroup
{
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    [JsonPropertyName("rules")]
    public IList<PrometheusAlert> Rules { get; set; } = [];
}

internal sealed class PrometheusAlert
{
    [JsonPropertyName("alert")]
    public string Alert { get; set; } = "";

    [JsonPropertyName("expr")]
    public string Expr { get; set; } = "";

    [JsonPropertyName("for")]
    public string For { get; set; } = "";

    [JsonPropertyName("labels")]
    public IDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    [JsonPropertyName("annotations")]
    public IDictionary<string, string> Annotations { get; set; } = new Dictionary<string, string>();
}

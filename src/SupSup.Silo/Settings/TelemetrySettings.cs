using System.ComponentModel.DataAnnotations;

namespace SupSup.Silo.Settings;

/// <summary>Metrics, traces and logs for those who watch over silos. docs/telemetry.md lists the names.</summary>
public sealed class TelemetrySettings : IValidatableObject
{
    /// <summary>
    /// Address that metrics, traces and logs are sent to by OTLP over gRPC. Null (default) sends none; the program takes it from
    /// OTEL_EXPORTER_OTLP_ENDPOINT, and the exporter heeds the other variables of that family.
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>Answers metrics at /metrics for Prometheus, to readers. Default false.</summary>
    public bool Prometheus { get; set; }

    /// <summary>Writes logs as one JSON object a line. Default false.</summary>
    public bool JsonLogs { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OtlpEndpoint is not null && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out Uri? uri) && (uri.Scheme is "http" or "https")))
            yield return new ValidationResult($"OtlpEndpoint '{OtlpEndpoint}' is not an address; write for example http://collector:4317.");
    }
}

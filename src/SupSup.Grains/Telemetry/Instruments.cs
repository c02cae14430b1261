using System.Diagnostics.Metrics;

namespace SupSup.Grains.Telemetry;

/// <summary>Makes instruments.</summary>
internal static class Instruments
{
    /// <summary>A histogram that advises where its buckets end.</summary>
    public static Histogram<T> Histogram<T>(this Meter meter, string name, string unit, string description, params T[] bounds)
        where T : struct =>
        meter.CreateHistogram(name, unit, description, advice: new InstrumentAdvice<T> { HistogramBucketBoundaries = bounds });
}

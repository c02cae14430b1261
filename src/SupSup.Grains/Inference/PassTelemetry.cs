using System.Diagnostics;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Inference;

/// <summary>What the passes of a replica measure and trace.</summary>
/// <param name="model">The model.</param>
/// <param name="metrics">The silo's measures.</param>
/// <param name="telemetry">The silo's traces.</param>
internal sealed class PassTelemetry(string model, InferenceMetrics metrics, SupSupTelemetry telemetry)
{
    /// <summary>A request was refused because too many wait.</summary>
    public void Refused() => metrics.Refused(model);

    /// <summary>A pass begins: a child of the oldest request's trace, linked to those of the others.</summary>
    /// <param name="queries">The requests that share it.</param>
    /// <param name="rows">Their images.</param>
    /// <returns>The activity to be disposed when the pass ends; null where no one listens.</returns>
    public Activity? Start(List<PendingQuery> queries, int rows)
    {
        metrics.Passed(model, rows);
        if (!telemetry.Activities.HasListeners()) return null;

        // What starts the passes is whichever request came first, long ago.
        if (queries[0].Trace == default) Activity.Current = null;
        IEnumerable<ActivityLink> links =
            queries.Skip(1).Where(query => query.Trace != default).Select(query => new ActivityLink(query.Trace));
        return telemetry.Activities.StartActivity(
            SupSupTelemetry.InferencePass, ActivityKind.Internal, queries[0].Trace,
            [new("supsup.model", model), new("supsup.rows", rows), new("supsup.queries", queries.Count)], links);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace SupSup.Silo.OpenInference;

/// <summary>How many requests to infer this silo has answered since it started, by model: what clients of Triton ask for.</summary>
/// <param name="time">Tells when.</param>
internal sealed class InferStatistics(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Counts> _models = new(StringComparer.Ordinal);

    /// <summary>Counts a request.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="rows">How many rows it has.</param>
    /// <param name="answer">Answers it.</param>
    /// <param name="find">Finds the model, or throws: names of models that are not there are not kept.</param>
    public async Task<T> CountAsync<T>(string model, Func<int> rows, Func<Task<T>> answer, Func<Task> find)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            T answered = await answer();
            _models.GetOrAdd(model, _ => new Counts()).Succeeded(rows(), Stopwatch.GetElapsedTime(start), time.GetUtcNow());
            return answered;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (!_models.ContainsKey(model)) await find();
            _models.GetOrAdd(model, _ => new Counts()).Failed(Stopwatch.GetElapsedTime(start));
            throw;
        }
    }

    /// <summary>What was counted of a model.</summary>
    /// <param name="model">The model's name.</param>
    public Counted Of(string model) => _models.TryGetValue(model, out Counts? counts) ? counts.Read() : default;

    /// <summary>What was counted.</summary>
    /// <param name="LastInference">When the last request succeeded, in milliseconds since 1970; 0 for never.</param>
    /// <param name="Rows">Rows answered.</param>
    /// <param name="Successes">Requests answered.</param>
    /// <param name="SuccessNanoseconds">How long these took together.</param>
    /// <param name="Failures">Requests refused or failed.</param>
    /// <param name="FailureNanoseconds">How long these took together.</param>
    internal readonly record struct Counted(
        ulong LastInference, ulong Rows, ulong Successes, ulong SuccessNanoseconds, ulong Failures, ulong FailureNanoseconds);

    private sealed class Counts
    {
        private readonly Lock _lock = new();
        private Counted _counted;

        public void Succeeded(int rows, TimeSpan took, DateTimeOffset now)
        {
            lock (_lock)
                _counted = _counted with
                {
                    LastInference = (ulong)now.ToUnixTimeMilliseconds(),
                    Rows = _counted.Rows + (ulong)rows,
                    Successes = _counted.Successes + 1,
                    SuccessNanoseconds = _counted.SuccessNanoseconds + (ulong)took.TotalNanoseconds,
                };
        }

        public void Failed(TimeSpan took)
        {
            lock (_lock)
                _counted = _counted with
                {
                    Failures = _counted.Failures + 1,
                    FailureNanoseconds = _counted.FailureNanoseconds + (ulong)took.TotalNanoseconds,
                };
        }

        public Counted Read()
        {
            lock (_lock) return _counted;
        }
    }
}

using System.Collections.Immutable;
using System.Globalization;
using SupSup.Core.Search;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>Reads a request's parameters.</summary>
/// <param name="parameters">Text, long, double or bool, by name.</param>
internal sealed class InferParameters(IReadOnlyDictionary<string, object> parameters)
{
    private const int DefaultRunnersUp = 3;

    // They are of the shortlist, which the silo bounds.
    private const int MostRunnersUp = SearchRule.LargestShortlist - 1;

    private static readonly string[] Known =
    [
        "objective", "layers", "shortlist", "certain_above", "unknown_up_to", "unknown_rate", "candidates", "task", "runners_up",
        "exact_runners_up", "shared_task", "binary_data_output", "task_version",
    ];

    /// <summary>What clients of other servers send and nothing here depends on: it is taken and passed over, at a request, an input and an
    /// output. Triton's clients have timeout, priority, the three of sequences and the one of streams; MLServer's have the
    /// others.</summary>
    private static readonly string[] Hints =
    [
        "timeout", "priority", "sequence_id", "sequence_start", "sequence_end", "triton_enable_empty_final_response", "content_type",
        "headers",
    ];

    /// <summary>Refuses tensors that are to lie in memory that client and server share: passed over, a client would read what was in that
    /// memory before.</summary>
    /// <param name="tensor">The tensor's name.</param>
    /// <param name="parameters">The names of its parameters.</param>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static void RefuseSharedMemory(string tensor, IEnumerable<string> parameters)
    {
        if (parameters.Contains("shared_memory_region"))
            throw Invalid($"'{tensor}' is to lie in shared memory, which is not supported; have its data in the messages");
    }

    /// <summary>Whether a parameter is a hint.</summary>
    public static bool IsHint(string name) => Hints.Contains(name);

    /// <summary>The task, where the caller knows it.</summary>
    public int? Task => parameters.ContainsKey("task") ? Whole("task", 0, int.MaxValue) : null;

    /// <summary>The version of the task to ask, where it is not the one in force.</summary>
    public int? TaskVersion => parameters.ContainsKey("task_version") ? Whole("task_version", 1, int.MaxValue) : null;

    /// <summary>How many runners-up are told.</summary>
    public int RunnersUp => parameters.ContainsKey("runners_up") ? Whole("runners_up", 0, MostRunnersUp) : DefaultRunnersUp;

    /// <summary>How the task is inferred.</summary>
    /// <exception cref="SupSupException">InvalidRequest: a parameter is unknown or invalid.</exception>
    public InferenceOptions ToOptions()
    {
        if (parameters.Keys.FirstOrDefault(key => !Known.Contains(key)) is { } unknown)
            throw Invalid($"unknown parameter '{unknown}'; use {string.Join(", ", Known)}");
        InferenceOptions options = new();
        if (parameters.ContainsKey("objective")) options = options with { Objective = Text("objective", "H", "G") };
        if (parameters.ContainsKey("layers")) options = options with { FirstLayerOnly = Text("layers", "first", "all") == "first" };
        if (parameters.ContainsKey("shortlist")) options = options with { Shortlist = Whole("shortlist", 1, SearchRule.LargestShortlist) };
        if (parameters.ContainsKey("certain_above")) options = options with { CertainAbove = Number("certain_above") };
        if (parameters.ContainsKey("unknown_up_to")) options = options with { UnknownUpTo = Number("unknown_up_to") };
        if (parameters.ContainsKey("unknown_rate")) options = options with { UnknownRate = Number("unknown_rate") };
        options = options with { ExactRunnersUp = Flag("exact_runners_up"), SharedTask = Flag("shared_task") };
        if (parameters.TryGetValue("candidates", out object? candidates)) options = options with { Candidates = Tasks(candidates) };

        // Runners-up come from the shortlist, and the winner is one of it.
        return options with { Shortlist = Math.Max(options.Shortlist, RunnersUp + 1) };
    }

    private bool Flag(string name) =>
        parameters.TryGetValue(name, out object? value) && (value as bool? ?? throw Invalid($"parameter '{name}' takes true or false"));

    private string Text(string name, params string[] choices) =>
        parameters[name] is string text
            && choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } choice
            ? choice
            : throw Invalid($"parameter '{name}' takes {string.Join(" or ", choices.Select(choice => $"\"{choice}\""))}");

    /// <summary>A parameter that is a whole number.</summary>
    /// <exception cref="SupSupException">InvalidRequest: it is none, or out of range.</exception>
    public int Whole(string name, int least, int most) =>
        parameters[name] is long value && value >= least
            && value <= most ? (int)value : throw Invalid($"parameter '{name}' takes a whole number from {least} to {most}");

    private double Number(string name) => parameters[name] switch
    {
        double value when double.IsFinite(value) => value,
        long value => value,
        _ => throw Invalid($"parameter '{name}' takes a number"),
    };

    private static ImmutableArray<int> Tasks(object value)
    {
        ImmutableArray<int>.Builder tasks = ImmutableArray.CreateBuilder<int>();
        foreach (string part in (value as string ?? $"{value}").Split(',', StringSplitOptions.TrimEntries))
            tasks.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int task)
                ? task
                : throw Invalid("parameter 'candidates' takes task indices as text, separated by commas, such as \"1,5,7\""));
        return tasks.ToImmutable();
    }

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}

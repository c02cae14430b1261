namespace SupSup.Grains.Interfaces.Models;

/// <summary>What is kept of the data that a mask was trained on: all that is needed to ask it, and to tell its answers.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-details")]
public sealed record TaskDetails
{
    /// <summary>How inputs were normalised; null where that is not known.</summary>
    [Id(0)]
    public PixelNormalization? Normalization { get; init; }

    /// <summary>Number of classes; null for the model's.</summary>
    [Id(1)]
    public int? Classes { get; init; }

    /// <summary>Names of the task and its classes; null for none.</summary>
    [Id(2)]
    public TaskNames? Names { get; init; }

    /// <summary>Checksum of the data (XXH128, hexadecimal); null where the silo did not make them.</summary>
    [Id(3)]
    public string? DataChecksum { get; init; }

    /// <summary>See <see cref="TaskSummary.UsualEvidence"/>; told of a mask that is imported, measured of one that is trained.</summary>
    [Id(4)]
    public double? UsualEvidence { get; init; }

    /// <summary>See <see cref="TaskSummary.EvidenceSpread"/>; as <see cref="UsualEvidence"/>.</summary>
    [Id(5)]
    public EvidenceSpread? EvidenceSpread { get; init; }

    /// <summary>The same with what is known without being told: the number of classes by their names, the normalisation by the
    /// model.</summary>
    /// <param name="spec">The model's definition.</param>
    public TaskDetails Completed(ModelSpec spec) => this with
    {
        Classes = Classes ?? (Names is { Classes.IsEmpty: false } names ? names.Classes.Length : null),
        Normalization = Normalization ?? spec.InputFormat?.Normalization,
    };

    /// <summary>Whether what is told of a task here is what is known of it; what is left out is at odds with nothing.</summary>
    /// <param name="task">The task.</param>
    public bool AgreesWith(TaskSummary task) =>
        (Normalization is null || Normalization == task.Normalization) && (Classes is null || Classes == task.Classes)
        && (Names is null || Names == task.Names);

    /// <summary>Checks that they fit a model.</summary>
    /// <param name="spec">The model's definition.</param>
    /// <exception cref="SupSupException">InvalidRequest: they do not.</exception>
    public void Check(ModelSpec spec)
    {
        Normalization?.Check(spec.Inputs);
        if (spec.InputFormat is { } format && Normalization is { } told && told != format.Normalization)
            throw Invalid($"the inputs are normalised by {told}, but all inputs of the model by {format.Normalization}; leave it out");
        Names?.Check();
        int named = Names?.Classes.Length ?? 0;
        int classes = Completed(spec).Classes ?? spec.Classes;
        if (classes < 2 || classes > spec.Outputs)
            throw Invalid($"a task of {classes} classes does not fit a network of {spec.Outputs} outputs; a task has 2 classes or more");
        if (named > 0 && named != classes)
            throw Invalid($"{named} class names for {classes} classes; name each class once, in order, or none");
    }

    /// <summary>One line with every value.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Normalization?.ToString() ?? "no normalisation", Classes is { } classes ? $"{classes} classes" : "the model's classes",
        Names is { } names ? $"named {names}" : "no names",
    });

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Export;

/// <summary>What an export file says of its model beside the tensors (docs/formats.md).</summary>
public static class ExportMetadata
{
    private const string Format = "supsup-export-1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The definition of the model that a file has.</summary>
    /// <param name="metadata">The file's.</param>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static ModelSpec Spec(IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.GetValueOrDefault("format") != Format)
            throw new InvalidDataException($"its format is '{metadata.GetValueOrDefault("format")}', not '{Format}'");
        return Parsed(() => new ModelSpec
        {
            Plan = metadata["plan"],
            Inputs = int.Parse(metadata["inputs"], CultureInfo.InvariantCulture),
            Outputs = int.Parse(metadata["outputs"], CultureInfo.InvariantCulture),
            Classes = int.Parse(metadata["classes"], CultureInfo.InvariantCulture),
            Seed = ulong.Parse(metadata["seed"], CultureInfo.InvariantCulture),
            WeightsVersion = int.Parse(metadata["weights_version"], CultureInfo.InvariantCulture),
            MaskRule = metadata["mask_rule"],
            InputFormat = metadata.TryGetValue("input_format", out string? format)
                ? JsonSerializer.Deserialize<InputFormat>(format, Json) : null,
        });
    }

    /// <summary>The tasks that a file has, by the order of their masks.</summary>
    /// <param name="metadata">The file's.</param>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static IReadOnlyList<int> Tasks(IReadOnlyDictionary<string, string> metadata) => Parsed(() =>
        metadata["tasks"].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(
            task => int.Parse(task, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray());

    /// <summary>What a file tells of a task.</summary>
    /// <param name="metadata">The file's.</param>
    /// <param name="task">Its index.</param>
    /// <param name="isNormalised">Whether the model says how all inputs are normalised, and not the task.</param>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static TaskDetails Details(IReadOnlyDictionary<string, string> metadata, int task, bool isNormalised) => Parsed(() =>
    {
        string? Told(string what) => metadata.GetValueOrDefault($"task{task}.{what}");
        float[] Numbers(string text) =>
            [.. text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(number => float.Parse(
                number, CultureInfo.InvariantCulture))];
        string[] classes = Told("class_names") is { } names ? JsonSerializer.Deserialize<string[]>(names, Json) ?? [] : [];
        Evidence? evidence = Told("evidence") is { } usual ? JsonSerializer.Deserialize<Evidence>(usual, Json) : null;
        return new TaskDetails
        {
            Normalization = isNormalised || Told("means") is not { } means ? null : new PixelNormalization
            {
                Means = [.. Numbers(means)],
                Deviations = [.. Numbers(Told("deviations") ?? "")],
                Numbers = Told("inputs") == "numbers",
                Even = Told("levels") == "even",
            },
            Classes = Told("classes") is { } count ? int.Parse(count, CultureInfo.InvariantCulture) : null,
            Names = Told("name") is null && classes.Length == 0 ? null : new TaskNames { Task = Told("name"), Classes = [.. classes] },
            DataChecksum = Told("data_checksum"),
            UsualEvidence = evidence?.Usual,
            EvidenceSpread = evidence?.Spread,
        };
    });

    /// <summary>What an export says of a model.</summary>
    /// <param name="model">The model.</param>
    public static Dictionary<string, string> Of(ModelDescription model) => new(
        model.Tasks.Select(task => KeyValuePair.Create(
            $"task{task.Task}.data",
            task.Order.Data is { } data
                ? $"dataset={data.Dataset} family={data.Family} seed={data.Seed} index={data.Index}"
                : "submitted batches"))
        .Concat(model.Tasks.Where(task => task.Normalization is not null).SelectMany(task => new[]
        {
            KeyValuePair.Create($"task{task.Task}.means", PixelNormalization.Text(task.Normalization!.Means)),
            KeyValuePair.Create($"task{task.Task}.deviations", PixelNormalization.Text(task.Normalization.Deviations)),
        }))
        .Concat(model.Tasks.Where(task => task.Normalization is { Numbers: true })
            .Select(task => KeyValuePair.Create($"task{task.Task}.inputs", "numbers")))
        .Concat(model.Tasks.Where(task => task.Normalization is { Even: true })
            .Select(task => KeyValuePair.Create($"task{task.Task}.levels", "even")))
        .Concat(model.Tasks.Where(task => task.UsualEvidence is not null).Select(task => KeyValuePair.Create(
            $"task{task.Task}.evidence", JsonSerializer.Serialize(new Evidence(task.UsualEvidence, task.EvidenceSpread), Json))))
        .Concat(model.Tasks.Where(task => task.DataChecksum is not null)
            .Select(task => KeyValuePair.Create($"task{task.Task}.data_checksum", task.DataChecksum!)))
        .Concat(model.Spec.InputFormat is { } format
            ? [KeyValuePair.Create("input_format", JsonSerializer.Serialize(format, Json))] : [])
        .Concat(model.Tasks.Where(task => task.Classes is not null)
            .Select(task => KeyValuePair.Create($"task{task.Task}.classes", $"{task.Classes}")))
        .Concat(model.Tasks.Where(task => task.Names?.Task is not null)
            .Select(task => KeyValuePair.Create($"task{task.Task}.name", task.Names!.Task!)))
        .Concat(model.Tasks.Where(task => task.Names is { Classes.IsEmpty: false })
            .Select(task => KeyValuePair.Create($"task{task.Task}.class_names", JsonSerializer.Serialize(task.Names!.Classes)))))
    {
        ["format"] = Format,
        ["model"] = model.Name,
        ["plan"] = model.Spec.Plan,
        ["inputs"] = model.Spec.Inputs.ToString(CultureInfo.InvariantCulture),
        ["hidden"] = string.Join(',', model.Spec.Hidden),
        ["outputs"] = model.Spec.Outputs.ToString(CultureInfo.InvariantCulture),
        ["classes"] = model.Spec.Classes.ToString(CultureInfo.InvariantCulture),
        ["seed"] = model.Spec.Seed.ToString(CultureInfo.InvariantCulture),
        ["weights_version"] = model.Spec.WeightsVersion.ToString(CultureInfo.InvariantCulture),
        ["mask_rule"] = model.Spec.MaskRule,
        ["activation"] = "relu",
        ["tasks"] = string.Join(',', model.Tasks.Select(task => task.Task).Order()),
    };

    private static T Parsed<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or OverflowException or JsonException)
        {
            throw new InvalidDataException($"its definition cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    private sealed record Evidence(double? Usual, EvidenceSpread? Spread);
}

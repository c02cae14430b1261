using System.Globalization;
using System.Text.Json;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Export;

/// <summary>What an export file says of its model beside the tensors (docs/formats.md).</summary>
public static class ExportMetadata
{
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
        .Concat(model.Tasks.Where(task => task.Classes is not null)
            .Select(task => KeyValuePair.Create($"task{task.Task}.classes", $"{task.Classes}")))
        .Concat(model.Tasks.Where(task => task.Names?.Task is not null)
            .Select(task => KeyValuePair.Create($"task{task.Task}.name", task.Names!.Task!)))
        .Concat(model.Tasks.Where(task => task.Names is { Classes.IsEmpty: false })
            .Select(task => KeyValuePair.Create($"task{task.Task}.class_names", JsonSerializer.Serialize(task.Names!.Classes)))))
    {
        ["format"] = "supsup-export-1",
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
}

using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SupSup.Experiments.Configuration;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Experiments.Reports;

/// <summary>The command that runs an experiment again: its preset, and an option for each setting that differs.</summary>
/// <param name="Line">The command line; null where no preset has the experiment's name.</param>
/// <param name="Changes">Its options, one after another; empty where it is the preset as it is.</param>
/// <param name="Unsaid">Settings that differ and that no option sets.</param>
internal sealed record RepeatCommand(string? Line, string Changes, ImmutableArray<string> Unsaid)
{
    // What no shell reads as anything else.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:/=+@%");

    // By the setting's name in config.json, in the order of the command's help.
    private static readonly (string Setting, string Option)[] Options =
    [
        ("dataset", "--dataset"), ("tasks", "--tasks"), ("scenario", "--scenario"), ("method", "--method"), ("family", "--family"),
        ("network", "--network"),
        ("outputs", "--outputs"), ("maskRule", "--mask-rule"),
        ("batches", "--batches"), ("batchSize", "--batch-size"), ("recipe", "--recipe"),
        ("learningRate", "--learning-rate"),
        ("firstLayerLearningRate", "--first-layer-rate"), ("sharedInitialScores", "--initial-scores"), ("transfer", "--transfer"),
        ("rotatedShare", "--rotated-share"), ("objective", "--objective"),
        ("inference", "--inference"), ("steps", "--steps"), ("stepSize", "--step-size"),
        ("layers", "--layers"), ("shortlist", "--shortlist"), ("queries", "--queries"),
        ("allocation", "--allocation"),
        ("fit", "--fit"), ("maskCap", "--mask-cap"), ("storage", "--storage"), ("seed", "--seed"),
    ];

    /// <summary>Makes the command.</summary>
    /// <param name="config">What was run.</param>
    public static RepeatCommand Of(ExperimentConfig config)
    {
        if (Presets.All.FirstOrDefault(experiment => experiment.Name == config.Name) is not { } preset)
            return new RepeatCommand(null, "", []);
        JsonObject ours = Parse(config);
        JsonObject theirs = Parse(preset with { Description = config.Description });
        string[] different = [
            .. ours.Concat(theirs).Select(setting => setting.Key).Distinct().Where(name => !JsonNode.DeepEquals(ours[name], theirs[name]))];
        string[] said = [
            .. Options.Where(entry => different.Contains(entry.Setting) && Text(entry.Option, ours[entry.Setting]) is not null)
                .Select(entry => entry.Setting)];
        string options = string.Concat(
            Options.Where(entry => said.Contains(entry.Setting)).Select(entry => Text(entry.Option, ours[entry.Setting])));
        return new RepeatCommand($"./supsup experiment {config.Name}{options}", options.TrimStart(), [.. different.Except(said)]);
    }

    private static JsonObject Parse(ExperimentConfig config) => JsonNode.Parse(ConfigJson.Write(config))!.AsObject();

    // Nothing where no option says it: a switch is off unless it is given.
    private static string? Text(string option, JsonNode? setting) =>
        setting is null ? null
        : option != "--transfer" ? $" {option} {Value(setting)}"
        : setting.GetValue<bool>() ? $" {option}" : null;

    private static string Value(JsonNode setting) => setting.ToString() switch
    {
        "true" => "shared",
        "false" => "own",
        "First" => "first",
        "All" => "all",
        var text when text.AsSpan().ContainsAnyExcept(Plain) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'",
        var text => text,
    };
}

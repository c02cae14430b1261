using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;
using Spectre.Console;
using SupSup.Core.Devices;
using SupSup.Core.Masks;
using SupSup.Core.Naming;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Experiments.Files;

namespace SupSup.Cli.Commands;

/// <summary>Options whose bad values are answered with one line that names option, value and remedy.</summary>
internal static class Validation
{
    /// <summary>An option that takes a whole number in a range.</summary>
    public static Option<T> Number<T>(string name, string description, T least, T most, T defaultValue)
        where T : struct, IBinaryInteger<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result => Parse(result, name, least, most) ?? default,
        };

    /// <summary>An option that takes a whole number in a range, or is left out.</summary>
    public static Option<T?> OptionalNumber<T>(string name, string description, T least, T most)
        where T : struct, IBinaryInteger<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Parse(result, name, least, most),
        };

    /// <summary>An option that takes a number in a range.</summary>
    public static Option<double> Real(string name, string description, double least, double most, double defaultValue) => new(name)
    {
        Description = description,
        HelpName = "X",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result => ParseReal(result, name, least, most) ?? default,
    };

    /// <summary>An option that takes a number in a range, or is left out.</summary>
    public static Option<double?> OptionalReal(string name, string description, double least, double most) => new(name)
    {
        Description = description,
        HelpName = "X",
        CustomParser = result => ParseReal(result, name, least, most),
    };

    /// <summary>An option that takes one of a few names.</summary>
    public static Option<string?> Choice(
        string name, string description, string helpName, string? defaultValue, IReadOnlyList<string> choices)
    {
        Option<string?> option = new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => defaultValue };
        option.CompletionSources.Add([.. choices]);
        option.Check(value =>
        {
            if (value is not null && !choices.Contains(value))
                throw Named.Unknown(name, value, choices);
        });
        return option;
    }

    /// <summary>The option that names a mask rule, or is left out.</summary>
    public static Option<string?> MaskRule() => Parsed(
        "--mask-rule", $"how scores become a mask: {string.Join(", ", MaskRules.Forms)} (default: {MaskRules.Default})", "RULE", null,
        value => MaskRules.Get(value));

    /// <summary>The option that takes some of a command's parts.</summary>
    /// <param name="what">What the parts are.</param>
    /// <param name="helpName">What help calls one.</param>
    /// <param name="names">Their names.</param>
    public static Option<string[]> Only(string what, string helpName, string[] names)
    {
        Option<string[]> only = new("--only")
        {
            Description = $"{what}: {string.Join(", ", names)} (default: all)",
            HelpName = helpName,
            AllowMultipleArgumentsPerToken = true,
        };
        only.CompletionSources.Add(names);
        only.Validators.Add(result =>
        {
            foreach (string name in result.Tokens.Select(token => token.Value).Except(names))
                result.AddError(Named.Unknown("--only", name, names).Message);
        });
        return only;
    }

    /// <summary>The option that names a task family, or is left out.</summary>
    public static Option<string?> TaskFamily() => Parsed(
        "--family", $"how tasks are made of the dataset: {string.Join(", ", TaskFamilies.Forms)}", "FAMILY", null,
        value => TaskFamilies.Get(value));

    /// <summary>The option that names a network's hidden layers.</summary>
    /// <param name="defaultValue">What it is where it is left out; null for nothing.</param>
    public static Option<string?> Network(string? defaultValue) => Parsed(
        "--network",
        $"the network: {string.Join(", ", Plans.Names)}, hidden layers such as 512-256, or steps such as conv32-norm-relu-max2-average",
        "NAME",
        defaultValue,
        value => Plans.Check(value));

    /// <summary>The option that names a new model's network, which may be one over pictures.</summary>
    public static Option<string?> ModelNetwork() => new("--network")
    {
        Description = $"network of a new model: {string.Join(", ", Plans.Names)}, hidden layers such as 512-256, steps over pictures such "
            + "as conv32-norm-relu-average, or a file of them in JSON",
        HelpName = "NETWORK",
    };

    /// <summary>The option that names the device of training.</summary>
    public static Option<string?> Device() => Parsed(
        "--device", "where masks are trained: cpu, cuda, cuda:N, or auto for a GPU if there is one", "NAME", "cpu",
        value => ComputeDevice.Parse(value));

    /// <summary>The option that names a dataset.</summary>
    public static Option<string?> Dataset()
    {
        string[] known = DatasetStore.BuiltIn.Names();
        Option<string?> option = new("--dataset")
        {
            Description = $"{string.Join(", ", known)}, or a path of your own data (see `supsup data inspect --help`)",
            HelpName = "NAME|PATH",
            DefaultValueFactory = _ => "mnist"
        };
        option.Check(name =>
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase) && !DatasetStore.IsPath(name!))
                throw Named.Unknown("--dataset", name!, known, ", or the path of your own data");
        });
        return option;
    }

    /// <summary>Reports a check's <see cref="ArgumentException"/> as bad usage.</summary>
    public static void Check(this Option<string?> option, Action<string?> check) => option.Validators.Add(result =>
    {
        try
        {
            check(result.GetValueOrDefault<string?>());
        }
        catch (ArgumentException e)
        {
            result.AddError(e.Message);
        }
    });

    private static Option<string?> Parsed(
        string name, string description, string helpName, string? defaultValue, Action<string> parse)
    {
        Option<string?> option = new(name) { Description = description, HelpName = helpName };
        if (defaultValue is not null) option.DefaultValueFactory = _ => defaultValue;
        option.Check(value => { if (value is not null) parse(value); });
        return option;
    }

    private static double? ParseReal(ArgumentResult result, string name, double least, double most)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, out double value) && value >= least && value <= most) return value;
        result.AddError($"{name} '{text}' is not a number from {least} to {most}");
        return null;
    }

    private static T? Parse<T>(ArgumentResult result, string name, T least, T most)
        where T : struct, IBinaryInteger<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, null, out T value) && value >= least && value <= most) return value;
        result.AddError($"{name} '{text}' is not a whole number from {least} to {most}");
        return null;
    }

    /// <summary>The option of commands that ask before they delete.</summary>
    public static Option<bool> Yes() => new("--yes", "-y") { Description = "do not ask (nobody is asked where there is no terminal)" };

    /// <summary>Asks whether something is to be deleted, where someone is there to answer.</summary>
    /// <param name="isMeant">Whether that was said beforehand.</param>
    /// <param name="what">What is to be deleted.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsConfirmed(bool isMeant, string what)
    {
        if (isMeant || Console.IsInputRedirected || Console.IsOutputRedirected
            || AnsiConsole.Confirm(Markup.Escape($"delete {what} for good?"), defaultValue: false))
            return true;
        Console.Error.WriteLine("nothing was deleted");
        return false;
    }

    /// <summary>The option for the file that a command writes; checked before anything is done.</summary>
    /// <param name="helpName">What the file is called in helps.</param>
    public static Option<string> Output(string helpName)
    {
        Option<string> output = new("--out")
        {
            Description = "file to write, - for stdout; an existing one is replaced once the new one is complete",
            HelpName = helpName,
            Required = true,
        };
        output.Validators.Add(result =>
        {
            try
            {
                _ = OutputFile.Of(result.GetValueOrDefault<string>());
            }
            catch (IOException e)
            {
                result.AddError(e.Message);
            }
        });
        return output;
    }
}

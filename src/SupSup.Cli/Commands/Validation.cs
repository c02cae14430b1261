using System.CommandLine;
using System.CommandLine.Parsing;

namespace SupSup.Cli.Commands;

/// <summary>Checks of option values, reported as bad usage.</summary>
internal static class Validation
{
    /// <summary>Refuses values outside a range.</summary>
    public static Option<int> Between(this Option<int> option, int least, int most)
    {
        option.Validators.Add(result => Range(result, result.GetValueOrDefault<int>(), least, most));
        return option;
    }

    /// <summary>Refuses values outside a range; leaving the option out is allowed.</summary>
    public static Option<int?> Between(this Option<int?> option, int least, int most)
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } value) Range(result, value, least, most);
        });
        return option;
    }

    /// <summary>Reports an <see cref="ArgumentException"/> as bad usage.</summary>
    public static void Report(OptionResult result, Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            result.AddError(e.Message);
        }
    }

    private static void Range(OptionResult result, int value, int least, int most)
    {
        if (value < least || value > most) result.AddError($"{result.Option.Name} {value} is out of range: use {least} to {most}");
    }
}

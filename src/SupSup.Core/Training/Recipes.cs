using System.Text.Json;
using SupSup.Core.Naming;

namespace SupSup.Core.Training;

/// <summary>The named recipes of recipes.json, which is compiled in.</summary>
public static class Recipes
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Every recipe of this build.</summary>
    public static IReadOnlyList<Recipe> All { get; } = Load();

    /// <summary>Finds a recipe.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No recipe has the name.</exception>
    public static Recipe Get(string name) => All.Get("recipe", name);

    private static Recipe[] Load()
    {
        using Stream stream = typeof(Recipes).Assembly.GetManifestResourceStream(typeof(Recipes), "recipes.json")
            ?? throw new InvalidOperationException("recipes.json is not embedded in SupSup.Core");
        Recipe[] recipes = JsonSerializer.Deserialize<Recipe[]>(stream, Options)!;
        foreach (Recipe recipe in recipes) recipe.Validated();
        return recipes;
    }
}

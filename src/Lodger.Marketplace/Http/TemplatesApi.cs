using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Http;

/// <summary>Templates, as far as create needs them: an account's own. Their hash is made of their content, so editing changes it.</summary>
internal sealed class TemplatesApi(Book book, TimeProvider clock)
{
    private const int TemplatesMax = 100;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("template_create", "POST", "/api/v0/template", 0, Create),
        new("template_list", "GET", "/api/v0/template", 3.0, List),
        new("template_update", "PUT", "/api/v0/template", 0, Update),
        new("template_delete", "DELETE", "/api/v0/template", 0, Delete),
    ];

    private Reply Create(ApiCall call)
    {
        var fields = (JsonObject)call.Body.DeepClone();
        if (fields["name"]?.ToString() is not { Length: > 0 }) return Reply.Error(400, "invalid_args", "Template name is required");
        if (fields["image"]?.ToString() is not { Length: > 0 }) return Reply.Error(400, "invalid_args", "Template image is required");
        if (EnvReader.Read(fields["env"]).Error is { } complaint) return Reply.Error(400, "invalid_args", complaint);
        lock (book.Lock)
        {
            if (call.Account.Templates.Find(t => t.HashId == HashOf(fields)) is { } same) return Done("Template already exists", same);
            if (call.Account.Templates.Count >= TemplatesMax) return Reply.Error(400, "invalid_args", $"An account has at most {TemplatesMax} templates.");
            var template = new Template(book.NextKeyId(), HashOf(fields), fields, clock.GetUtcNow());
            call.Account.Templates.Add(template);
            book.Save(call.Account);
            return Done($"Template Created Successfully! New Template ID: {template.Id}", template);
        }
    }

    private Reply List(ApiCall call)
    {
        var query = call.Http.Request.Query;
        if (!Queries.TryParse(query["select_filters"], out var filterNode) || filterNode is not (null or JsonObject) || !Queries.TryParse(query["select_cols"], out var columns))
            return Reply.Error(400, "invalid_request", "Error in query parameters: select_filters and select_cols are JSON");
        var (conditions, error) = Filters.Read(filterNode as JsonObject ?? [], _ => true);
        if (error is not null) return Reply.Error(400, "invalid_request", error);
        lock (book.Lock)
        {
            var rows = call.Account.Templates.Select(t => Facts(call.Account, t)).Where(r => conditions.All(c => Filters.Matches(r[c.Field], c))).Select(r => Queries.Select(r, columns as JsonArray)).ToList();
            return Reply.Ok(new JsonObject { ["success"] = true, ["templates_found"] = rows.Count, ["templates"] = new JsonArray([.. rows]) });
        }
    }

    private Reply Update(ApiCall call)
    {
        lock (book.Lock)
        {
            var index = call.Account.Templates.FindIndex(t => t.HashId == call.Text("hash_id"));
            if (index < 0) return NotFound();
            var fields = (JsonObject)call.Account.Templates[index].Fields.DeepClone();
            foreach (var (name, value) in call.Body)
                if (name != "hash_id" && value is not null)
                    fields[name] = value.DeepClone();
            if (EnvReader.Read(fields["env"]).Error is { } complaint) return Reply.Error(400, "invalid_args", complaint);
            var template = call.Account.Templates[index] = call.Account.Templates[index] with { Fields = fields, HashId = HashOf(fields) };
            book.Save(call.Account);
            return Done("Template updated", template);
        }
    }

    private Reply Delete(ApiCall call)
    {
        var (id, hash) = (Filters.Number(call.Body["template_id"]), call.Text("hash_id"));
        lock (book.Lock)
        {
            if (call.Account.Templates.RemoveAll(t => t.Id == id || t.HashId == hash) == 0) return NotFound();
            book.Save(call.Account);
            return Reply.Success();
        }
    }

    private static JsonObject Facts(Account account, Template template)
    {
        var facts = (JsonObject)template.Fields.DeepClone();
        facts.Remove("docker_login_pass");
        facts["id"] = template.Id;
        facts["hash_id"] = template.HashId;
        facts["creator_id"] = account.Id;
        facts["created_at"] = Times.Seconds(template.CreatedAt);
        return facts;
    }

    private static string HashOf(JsonObject fields) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fields.ToJsonString())))[..32];

    private static Reply Done(string message, Template template)
    {
        var reply = Reply.Success(message);
        reply.Body["template"] = new JsonObject { ["name"] = template.Text("name"), ["id"] = template.Id, ["hash_id"] = template.HashId };
        return reply;
    }

    private static Reply NotFound() => Reply.Error(404, "not_found", "Template not found.");
}

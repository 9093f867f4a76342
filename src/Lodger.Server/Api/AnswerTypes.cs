using System.Text.Json.Serialization.Metadata;

namespace Lodger.Server.Api;

/// <summary>What each endpoint answers when all is well, for the published description of the interface. Everything else about an endpoint is read off it.</summary>
internal static class AnswerTypes
{
    /// <summary>By method and route; null: no body. What is not here answers no JSON.</summary>
    public static IReadOnlyDictionary<(string Method, string Pattern), JsonTypeInfo?> Table { get; } = new Dictionary<(string, string), JsonTypeInfo?>
    {
        [("GET", Routes.Session)] = ApiJson.Default.SessionView,
        [("POST", Routes.Session)] = ApiJson.Default.SessionView,
        [("DELETE", Routes.Session)] = null,
        [("POST", Routes.SessionCode)] = ApiJson.Default.SignInCodeView,
        [("GET", Routes.Tokens)] = ApiJson.Default.TokenViewArray,
        [("POST", Routes.Tokens)] = ApiJson.Default.NewTokenView,
        [("DELETE", Routes.Token)] = ApiJson.Default.TokenView,
        [("GET", Routes.Audit)] = ApiJson.Default.AuditViewArray,
        [("GET", Routes.Doors)] = ApiJson.Default.DoorViewArray,
        [("POST", Routes.Doors)] = ApiJson.Default.DoorView,
        [("DELETE", Routes.Doors)] = null,
        [("GET", Routes.Server)] = ApiJson.Default.ServerView,
        [("POST", Routes.ServerStop)] = null,
        [("GET", Routes.Jobs)] = ApiJson.Default.JobViewArray,
        [("POST", Routes.Jobs)] = ApiJson.Default.JobView,
        [("GET", Routes.Job)] = ApiJson.Default.JobView,
        [("GET", Routes.Events)] = ApiJson.Default.JournalEntryArray,
        [("GET", Routes.Board)] = ApiJson.Default.BoardView,
        [("GET", Routes.MoneyHistory)] = ApiJson.Default.MoneyHistoryView,
        [("GET", Routes.JobPlan)] = ApiJson.Default.PlanView,
        [("GET", Routes.Log)] = ApiJson.Default.LogView,
        [("GET", Routes.RentalLog)] = ApiJson.Default.LogView,
        [("GET", Routes.Gate)] = ApiJson.Default.GateViewArray,
        [("GET", Routes.Budget)] = ApiJson.Default.JobBudget,
        [("POST", Routes.Budget)] = ApiJson.Default.JobView,
        [("GET", Routes.Storage)] = ApiJson.Default.StorageMap,
        [("GET", Routes.Doctor)] = ApiJson.Default.CheckUpArray,
        [("GET", Routes.JobDoctor)] = ApiJson.Default.CheckUp,
        [("GET", Routes.Rental)] = ApiJson.Default.RentalView,
        [("GET", Routes.Clouds)] = ApiJson.Default.HostClouds,
        [("POST", Routes.Clouds)] = ApiJson.Default.CloudCopyStatus,
        [("GET", Routes.CloudCopy)] = ApiJson.Default.CloudCopyStatus,
        [("GET", Routes.Box)] = ApiJson.Default.BoxView,
        [("POST", Routes.Cancel)] = ApiJson.Default.JobView,
        [("POST", Routes.Drill)] = ApiJson.Default.JobView,
        [("POST", Routes.Pull)] = ApiJson.Default.JobView,
        [("POST", Routes.Approve)] = ApiJson.Default.JobView,
        [("POST", Routes.Abandon)] = ApiJson.Default.JobView,
        [("GET", Routes.Offers)] = ApiJson.Default.OffersView,
        [("GET", Routes.Account)] = ApiJson.Default.AccountView,
        [("POST", Routes.Plan)] = ApiJson.Default.PlanView,
        [("GET", Routes.Cost)] = ApiJson.Default.CostView,
        [("GET", Routes.Clocks)] = ApiJson.Default.ClocksView,
        [("GET", Routes.Survey)] = ApiJson.Default.SurveyView,
        [("GET", Routes.Volumes)] = ApiJson.Default.VolumeList,
        [("GET", Routes.VolumePlaces)] = ApiJson.Default.VolumePlaces,
        [("POST", Routes.Volumes)] = ApiJson.Default.Volume,
        [("POST", Routes.VolumeDelete)] = ApiJson.Default.VolumeGone,
        [("GET", Routes.Webhooks)] = ApiJson.Default.WebhookViewArray,
        [("POST", Routes.Webhook)] = ApiJson.Default.WebhookView,
        [("DELETE", Routes.Webhook)] = ApiJson.Default.WebhookView,
    };
}

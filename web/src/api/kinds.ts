/** The series that the history chart draws, as the API names them. */
export const HISTORY_KINDS = "amazon,new,used,buy_box,sales_rank,count_new,count_used";
